import type { Hufu, User } from '../index.js'
import { HufuError } from '../index.js'
import { fieldsOf, invalid, textOf } from './object.js'
import { keeping, post } from './post.js'
import { refusal } from './refusal.js'
import type { EventLike } from './types.js'

/** Temporary files look like addresses on Android and in DevTools: http://tmp/…, http://127.0.0.1:…/__tmp__/…. */
const local = /^http:\/\/(tmp|usr|store|127\.0\.0\.1|localhost)[:/]/i

export function avatar(hufu: Hufu, from: EventLike | string): Promise<User> {
  const { avatarUrl, errMsg } = fieldsOf(fieldsOf(from).detail)
  const filePath = textOf(from) || textOf(avatarUrl)
  if (!filePath) throw errMsg ? refusal({ errMsg }) : invalid('avatarUrl', 'give the event of chooseAvatar, or the path of a file')
  if (/^https?:/i.test(filePath) && !local.test(filePath)) {
    throw invalid('avatarUrl', 'this is the address of a picture and no file: WeChat changes such addresses and lets them end. Use <button open-type="chooseAvatar">')
  }
  return keeping(hufu, async () => (await hufu.upload({ url: '/v1/me/avatar', filePath, name: 'file', idempotent: true })).data)
}

export function nickname(hufu: Hufu, from: EventLike | string): Promise<User> {
  const text = typeof from === 'string' ? from : typed(fieldsOf(fieldsOf(from).detail).value)
  if (text === undefined) throw invalid('nickname', 'give a text, or the event of a form whose <input type="nickname"> has the name nickname')
  if (!text.trim()) throw new HufuError('nickname_empty', { field: 'nickname', detail: 'the field is empty; WeChat clears what its content check refuses' })
  return keeping(hufu, () => post(hufu, '/v1/me', { nickname: text }))
}

/** The text of an input's event; of a form's, the field `nickname`, or the only one there is. */
function typed(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  const fields = fieldsOf(value)
  const names = Object.keys(fields)
  const only = 'nickname' in fields ? fields.nickname : names.length === 1 ? fields[names[0] as string] : undefined
  return typeof only === 'string' ? only : undefined
}
