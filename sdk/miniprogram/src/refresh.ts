import { problemOf } from './answer.js'
import { post, type Context } from './context.js'
import { asHufuError, HufuError } from './errors.js'
import { heldFrom, refreshKeyOf, type Held } from './held.js'
import { repeat } from './repeat.js'

/** By these the server says that the session is over. Nothing else ends it. */
const final = ['invalid_token', 'token_expired', 'session_revoked', 'token_reused', 'invalid_request']

/** Did the server refuse the session itself? */
export function isFinal(error: HufuError): boolean {
  return final.indexOf(error.code) >= 0
}

/**
 * Replaces the tokens held. Resolves with null, or, where the server says that
 * the session is over, with why; rejects if that is not known, and then the
 * session stays. The key is stored before the call, so that one cut off is taken up
 * again: old token and same key give the same successor, old token and another
 * key would end the session.
 */
export async function refresh(context: Context): Promise<HufuError | null> {
  const { store, config, events } = context
  if (await store.adopt()) return null
  const held = store.held
  if (!held) return new HufuError('session_revoked', { detail: 'nobody is logged in' })
  held.refreshKey = refreshKeyOf(held)
  await store.save()
  try {
    const data = await exchange(context, held, held.refreshKey)
    if (store.held !== held) return null // logged out meanwhile: that stands
    store.held = heldFrom(data, held, config.now())
    void store.save()
    return null
  } catch (thrown) {
    const error = asHufuError(thrown, 'invalid_response')
    if (!isFinal(error)) throw error
    if (store.held !== held) return null
    store.held = null
    void store.save()
    events.emit('expired', error)
    return error
  }
}

function exchange(context: Context, held: Held, key: string): Promise<unknown> {
  const { config, lifecycle, end } = context
  return repeat(lifecycle, end, async () => {
    const answer = await post(context, `${config.baseURL}/v1/refresh`, { refresh_token: held.refreshToken }, { 'Idempotency-Key': key })
    if (answer.status !== 200) throw problemOf(answer)
    heldFrom(answer.data, null, 0) // half an answer is a lost one: ask again
    return answer.data
  })
}
