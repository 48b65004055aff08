import { chooseAvatar } from '../consent/avatar'
import { getUserInfo } from '../consent/profile'
import { openSetting } from '../consent/scopes'
import { phoneNumber, type PhoneApi } from '../consent/phone-number'
import { settle } from '../wx/answer'
import type { Node } from './define'

/** What a button does by its open-type, besides its tap. */
const OPEN_TYPES: Record<string, (node: Node) => void> = {
  getPhoneNumber: (node) => tellPhoneNumber(node, 'getPhoneNumber'),
  getRealtimePhoneNumber: (node) => tellPhoneNumber(node, 'getRealtimePhoneNumber'),
  chooseAvatar: (node) => void tellAvatar(node),
  getUserInfo: (node) => void tell(node, 'getUserInfo', () => getUserInfo(node.context, {}, true)),
  openSetting: (node) => void tell(node, 'openSetting', () => openSetting(node.context)),
  agreePrivacyAuthorization({ context, self, fire }) {
    context.privacy.agreeBy(self.id)
    fire('agreeprivacyauthorization', { errMsg: 'agreePrivacyAuthorization:ok' })
  },
}

/** Those that may be coupled with another by "|", and come first. */
const FIRST = 'agreePrivacyAuthorization'

/** The open-types that work here, for wx.canIUse. */
export const openTypes: readonly string[] = Object.keys(OPEN_TYPES)

/** Does what the open-type of a tapped button says; of "a|agreePrivacyAuthorization" the consent comes first. */
export function open(node: Node): void {
  const wanted = node.get<string>('openType').split('|').map((part) => part.trim()).filter((part) => Object.hasOwn(OPEN_TYPES, part))
  for (const type of [...wanted.filter((part) => part === FIRST), ...wanted.filter((part) => part !== FIRST)]) OPEN_TYPES[type]!(node)
}

/** Fires the event of an open-type with what the API of that name answers. */
async function tell({ context, fire }: Node, api: string, work: () => unknown): Promise<void> {
  const { result } = await settle(context, api, work)
  fire(api.toLowerCase(), result)
}

function tellPhoneNumber(node: Node, api: PhoneApi): void {
  void tell(node, api, () => phoneNumber(node.context, api, node.get<boolean>('phoneNumberNoQuotaToast')))
}

/** The event comes with a picture only; of anything else the console alone is told. */
async function tellAvatar({ context, fire }: Node): Promise<void> {
  const { ok, result } = await settle(context, 'chooseAvatar', () => chooseAvatar(context))
  if (ok) fire('chooseavatar', { avatarUrl: (result as { avatarUrl: string }).avatarUrl })
  else context.host.log('warn', (result as { errMsg: string }).errMsg)
}
