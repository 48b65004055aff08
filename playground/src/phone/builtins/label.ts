import { tap } from '../input'
import type { Builtin, Component, Node } from './define'

const CONTROLS = 'wx-button,wx-checkbox,wx-radio,wx-switch,wx-input,wx-textarea,wx-picker'

export const label: Builtin = {
  name: 'label',
  properties: { for: '' },
  mount(node) {
    const { element, self, context } = node
    let passing = false
    self.addListener('tap', (event) => {
      const from = (event.target as Component).$$ as unknown as Element | null
      const control = controlOf(node)
      if (passing || !control || from?.closest(CONTROLS)) return
      const native = nativeIn(control)
      if (native) return native.focus()
      // The control may stand in the label, so its tap comes by here again.
      passing = true
      tap(context, (control as unknown as { __wxElement: Component }).__wxElement)
      passing = false
    })
    // Once the rest of the page is there.
    return () => queueMicrotask(() => {
      if (!context.life.over) name(element, controlOf(node))
    })
  },
}

function controlOf({ element, get }: Node): Element | null {
  const named = get<string>('for')
  if (!named) return element.querySelector(CONTROLS)
  return [...(element.closest('.phone-page')?.querySelectorAll(CONTROLS) ?? [])].find((one) => one.id.endsWith(`--${named}`)) ?? null
}

function nativeIn(control: Element): HTMLElement | null {
  return control.querySelector<HTMLElement>('input, textarea')
}

let labels = 0

/** Tells readers of the screen which control a label is for. */
function name(element: HTMLElement, control: Element | null): void {
  if (!control) return
  element.id ||= `phone-label-${++labels}`
  const target = nativeIn(control) ?? control
  if (!target.hasAttribute('aria-label')) target.setAttribute('aria-labelledby', element.id)
}
