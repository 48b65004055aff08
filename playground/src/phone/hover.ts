import type { Node } from './builtins/define'

/** The segment of an element's classes that the engine keeps for passing states. */
const PASSING = 3

/** Shows hover-class while an element is pressed, after the times it names. */
export function addHover({ context: { life }, self, element, get }: Node): void {
  let cancel = (): void => {}
  const show = (on: boolean): void => {
    const name = get<string>('hoverClass')
    element.toggleAttribute('data-hover', on && name !== 'none')
    self.setNodeClass(on && name !== 'none' ? name : '', PASSING)
  }
  const press = (): void => {
    if (get<boolean>('disabled') || get<string>('hoverClass') === 'none') return
    cancel()
    cancel = life.after(get<number>('hoverStartTime'), () => show(true))
  }
  const release = (): void => {
    cancel()
    if (element.hasAttribute('data-hover')) cancel = life.after(get<number>('hoverStayTime'), () => show(false))
  }
  element.addEventListener('pointerdown', (event) => {
    press()
    if (get<boolean>('hoverStopPropagation')) event.stopPropagation()
  })
  for (const type of ['pointerup', 'pointercancel', 'pointerleave']) element.addEventListener(type, release)
}
