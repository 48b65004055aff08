import type { Hufu, User } from '../index.js'
import type { Inside } from '../inside.js'
import { userIn } from './object.js'

/**
 * Posts a step of the user's. Each of them may be done twice: a phone code gives
 * the same user the same answer, and the others set what they set.
 */
export async function post(hufu: Hufu, path: string, data: object): Promise<unknown> {
  return (await hufu.request({ url: path, method: 'POST', data, idempotent: true })).data
}

/** Does a step that answers with the user, and has the client keep them. */
export async function keeping(hufu: Hufu, step: () => Promise<unknown>): Promise<User> {
  const before = hufu.session?.sessionId
  const user = userIn(await step())
  const { _keep } = hufu as Hufu & Partial<Inside>
  return _keep ? _keep.call(hufu, user, before) : user
}
