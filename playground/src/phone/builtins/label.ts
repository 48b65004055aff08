import { tap } from '../input'
import type { Builtin, Component } from './define'

const CONTROLS = 'wx-button,wx-checkbox,wx-radio,wx-switch,wx-input,wx-textarea,wx-picker'

export const label: Builtin = {
  name: 'label',
  properties: { for: '' },
  mount({ element, self, get }) {
    let passing = false
    self.addListener('tap', (event) => {
      const from = (event.target as Component).$$ as unknown as Element | null
      if (passing || from?.closest(CONTROLS)) return
      const named = get<string>('for')
      const page = element.closest('.phone-page')
      const control = named ? [...(page?.querySelectorAll(CONTROLS) ?? [])].find((one) => one.id.endsWith(`--${named}`)) : element.querySelector(CONTROLS)
      const target = (control as { __wxElement?: Component } | null | undefined)?.__wxElement
      if (!control || !target) return
      const native = control.querySelector<HTMLElement>('input, textarea')
      if (native) return native.focus()
      // The control may stand in the label, so its tap comes by here again.
      passing = true
      tap(target)
      passing = false
    })
  },
}
