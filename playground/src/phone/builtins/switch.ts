import { addField } from '../fields'
import { addKeyboard } from '../keyboard'
import type { Builtin } from './define'

export const toggle: Builtin = {
  name: 'switch',
  properties: { checked: false, disabled: false, type: 'switch', color: '#04be02' },
  mount(node) {
    const { element, self, get, set, fire } = node
    const initial = get<boolean>('checked')
    addField(element, { name: () => get('name'), value: () => get('checked'), reset: () => set('checked', initial) })
    addKeyboard(node, [' ', 'Enter'])
    self.addListener('tap', () => {
      if (get<boolean>('disabled')) return
      set('checked', !get<boolean>('checked'))
      fire('change', { value: get<boolean>('checked') })
    })
    return () => {
      element.setAttribute('role', get<string>('type') === 'checkbox' ? 'checkbox' : 'switch')
      element.setAttribute('aria-checked', String(Boolean(get('checked'))))
      element.setAttribute('aria-disabled', String(Boolean(get('disabled'))))
      element.style.setProperty('--on', get<string>('color'))
    }
  },
}
