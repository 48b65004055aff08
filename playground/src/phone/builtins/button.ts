import { addKeyboard } from '../keyboard'
import { formOf } from './form'
import type { Builtin } from './define'
import { open } from './open-types'

export const button: Builtin = {
  name: 'button',
  hover: { class: 'button-hover', start: 20, stay: 70 },
  properties: {
    size: 'default', type: 'default', plain: false, disabled: false, loading: false, formType: '', openType: '', lang: 'en', appParameter: '',
    sessionFrom: '', sendMessageTitle: '', sendMessagePath: '', sendMessageImg: '', showMessageCard: false, phoneNumberNoQuotaToast: true,
    needShowEntrance: true, entrancePath: '',
  },
  mount(node) {
    const { element, get, self } = node
    element.setAttribute('role', 'button')
    addKeyboard(node)
    self.addListener('tap', () => {
      const form = get<string>('formType')
      if (form) formOf(element)?.[form === 'reset' ? 'reset' : 'submit'](self)
      open(node)
    })
    return () => {
      for (const name of ['disabled', 'loading', 'plain']) element.toggleAttribute(name, get<boolean>(name))
      for (const name of ['type', 'size']) element.setAttribute(name, get<string>(name) || 'default')
      const disabled = get<boolean>('disabled')
      element.tabIndex = disabled ? -1 : 0
      element.setAttribute('aria-disabled', String(disabled))
      if (get<boolean>('loading')) element.setAttribute('aria-busy', 'true')
      else element.removeAttribute('aria-busy')
    }
  },
}
