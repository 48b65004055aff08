import type { User } from '../index.js'
import { fieldsOf, isHufuError, textOf } from './object.js'
import type { Parts } from './parts.js'
import { keeping, post } from './post.js'
import { revive } from './revive.js'
import { open, sealedIn } from './sealed.js'
import type { EventLike, Sealed } from './types.js'

const path = '/v1/me/phone'

/**
 * Sends the code, which needs no session_key, wherever there is one. Nothing is
 * asked of WeChat before: a wx.login between the tap and this call is what makes
 * the data of older clients unreadable.
 */
export async function phoneNumber(parts: Parts, event: EventLike): Promise<User> {
  const { hufu } = parts
  const detail = fieldsOf(fieldsOf(event).detail)
  const code = textOf(detail.code)
  if (code) return keeping(hufu, () => twice(() => post(hufu, path, { code })))
  let given: Sealed
  try {
    given = sealedIn(Object.assign({ errMsg: 'there is neither a code nor data in the event' }, detail))
  } catch (thrown) {
    await revive(parts, thrown)
    throw thrown // only a tap gives another event
  }
  return keeping(hufu, () => open(hufu, given, ({ encryptedData, iv }) => post(hufu, path, { encrypted_data: encryptedData, iv })))
}

/**
 * Once more where the answer was lost: the same code gives the same user the same
 * answer, while another tap costs the mini program another code.
 */
async function twice<T>(send: () => Promise<T>): Promise<T> {
  try {
    return await send()
  } catch (thrown) {
    if (!isHufuError(thrown) || (thrown.code !== 'network' && thrown.code !== 'timeout')) throw thrown
    return send()
  }
}
