import { addKeyboard } from '../keyboard'
import { formOf } from './form'
import type { Builtin, Node } from './define'

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
      openTypes[get<string>('openType')]?.(node)
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

/** The one avatar there is to choose: a PNG of one green dot. */
const AVATAR = Uint8Array.from(
  atob('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR42mNgP5gAAAH7ASk597QeAAAAAElFTkSuQmCC'), (c) => c.charCodeAt(0),
)

/** What a button does by its open-type, besides its tap. What needs WeChat itself fails as it does without permission. */
const openTypes: Record<string, (node: Node) => void> = {
  getPhoneNumber: ({ fire }) => fire('getphonenumber', { errMsg: 'getPhoneNumber:fail no permission', errno: 102 }),
  getRealtimePhoneNumber: ({ fire }) => fire('getrealtimephonenumber', { errMsg: 'getRealtimePhoneNumber:fail no permission', errno: 102 }),
  chooseAvatar: ({ context, fire }) => fire('chooseavatar', { avatarUrl: context.files.keep({ bytes: AVATAR, type: 'image/png' }, 'png') }),
  getUserInfo: ({ fire }) => fire('getuserinfo', { errMsg: 'getUserInfo:fail auth deny' }),
  openSetting: ({ fire }) => fire('opensetting', { errMsg: 'openSetting:ok', authSetting: {} }),
  agreePrivacyAuthorization: ({ fire }) => fire('agreeprivacyauthorization', { errMsg: 'agreePrivacyAuthorization:ok' }),
}
