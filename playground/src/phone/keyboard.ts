import type { Node } from './builtins/define'
import { tap } from './input'

/** Makes an element one that the keyboard reaches: Enter and Space tap it. */
export function addKeyboard({ context, element, self }: Node, keys = ['Enter', ' ']): void {
  element.tabIndex = 0
  element.addEventListener('keydown', (event) => {
    if (event.target !== element || !keys.includes(event.key) || event.repeat) return
    event.preventDefault()
    tap(context, self)
  })
}
