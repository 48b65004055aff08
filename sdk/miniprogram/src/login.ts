import { problemOf } from './answer.js'
import { newCode } from './code.js'
import { post, type Context } from './context.js'
import { asHufuError, type HufuError } from './errors.js'
import { heldFrom, type Held } from './held.js'
import { newKey } from './key.js'
import { isTransient, repeat } from './repeat.js'
import type { PendingLogin } from './store.js'

/** WeChat's code lives five minutes, and so does the server's record of it; a little less, since the call takes time. */
const codeLifetime = 280_000

/**
 * Logs in once. Code and key are stored before the server hears of them, so
 * that a login cut off by anything is completed by the next one: same code and
 * same key give the same session. With `fresh`, a code left over is not used.
 * If it fails for good, nothing of it is left; the session held stays in any
 * case. Without `mayBegin` the code left over is the only one tried.
 */
export async function logIn(context: Context, fresh: boolean, mayBegin = true): Promise<Held> {
  const { store, config } = context
  let pending = fresh ? null : leftOver(store.login, config.now())
  for (let again = mayBegin; ; again = false) {
    pending = pending ?? (await begin(context))
    try {
      const data = await exchange(context, pending)
      // The key is random and stored already: all who ask for this login's answer get one seed.
      store.held = heldFrom(data, null, config.now(), pending.key)
      store.login = null
      void store.save()
      return store.held
    } catch (thrown) {
      const error = asHufuError(thrown, 'invalid_response')
      if (isTransient(error)) throw error
      store.login = pending = null
      void store.save()
      if (!again || !isSpent(error)) throw error
    }
  }
}

/** The login that was cut off, if WeChat and the server still know its code. */
export function leftOver(login: PendingLogin | null, now: number): PendingLogin | null {
  return login && now >= login.at && now - login.at < codeLifetime ? login : null
}

/** Would another code do better? A conflict means that the key was seen with another body: both go. */
function isSpent(error: HufuError): boolean {
  return error.code === 'invalid_code' || error.code === 'code_already_used' || error.code === 'idempotency_conflict'
}

async function begin(context: Context): Promise<PendingLogin> {
  const { store, config } = context
  const code = await newCode(context)
  const at = config.now()
  const body: PendingLogin['body'] = { appid: config.appid, code }
  if (config.device) body.device = config.device
  const consent = config.consent?.()
  if (consent) body.consent = consent
  const login: PendingLogin = { key: await newKey(config.wx, at), at, body }
  store.login = login
  await store.save()
  return login
}

async function exchange(context: Context, login: PendingLogin): Promise<unknown> {
  const { config, lifecycle, end } = context
  return repeat(lifecycle, end, async () => {
    const answer = await post(context, `${config.baseURL}/v1/login`, login.body, { 'Idempotency-Key': login.key })
    if (answer.status !== 200) throw problemOf(answer)
    heldFrom(answer.data, null, 0) // half an answer is a lost one: ask again
    return answer.data
  })
}
