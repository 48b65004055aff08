import type { Hufu } from '../index.js'
import { fieldsOf, invalid, isHufuError, openedIn, textOf } from './object.js'
import type { Parts } from './parts.js'
import { post } from './post.js'
import { refusal } from './refusal.js'
import { revive } from './revive.js'
import type { Sealed } from './types.js'

/** Checks what WeChat gave, or says why it gave nothing. Throws a HufuError. */
export function sealedIn<S extends Sealed>(given: unknown): S {
  const { encryptedData, iv, errMsg } = fieldsOf(given)
  if (textOf(encryptedData) && textOf(iv)) return given as S
  throw errMsg ? refusal(given) : invalid('encryptedData', 'give encryptedData and iv as WeChat gave them')
}

/** What went out of date: WeChat has another session_key by now than the one this was sealed with. */
function isStale(thrown: unknown): boolean {
  return isHufuError(thrown) && (thrown.code === 'session_key_stale' || thrown.code === 'decrypt_failed')
}

/**
 * Sends what WeChat sealed. If it is out of date, logs in, since WeChat's key is
 * then known again, and sends what `again` gets, once. Never the same data a
 * second time: nothing that happens later makes it fit.
 */
export async function open<S extends Sealed, T>(hufu: Hufu, given: S, send: (sealed: S) => Promise<T>, again?: () => S | Promise<S>): Promise<T> {
  try {
    return await send(given)
  } catch (thrown) {
    if (!isStale(thrown)) throw thrown
    await hufu.login({ force: true })
    if (!again) throw thrown
    const other = sealedIn<S>(await got(again))
    if (other.encryptedData === given.encryptedData) throw thrown
    return send(other)
  }
}

/** Has the server open other data than those of a profile; changes nothing there. */
export async function decrypt<T>(parts: Parts, from: Sealed | (() => Sealed | Promise<Sealed>), again?: () => Sealed | Promise<Sealed>): Promise<T> {
  const { hufu } = parts
  const send = async ({ encryptedData, iv }: Sealed): Promise<T> => (
    openedIn(await post(hufu, '/v1/me/decrypt', { encrypted_data: encryptedData, iv })) as T
  )
  const get = typeof from === 'function' ? from : undefined
  const other = again ?? get
  let given: Sealed
  try {
    given = sealedIn(get ? await got(get) : from)
  } catch (thrown) {
    await revive(parts, thrown)
    if (!other) throw thrown
    return send(sealedIn(await got(other)))
  }
  return open(hufu, given, send, other)
}

async function got<S>(again: () => S | Promise<S>): Promise<S> {
  try {
    return await again()
  } catch (thrown) {
    throw isHufuError(thrown) ? thrown : refusal(thrown instanceof Error ? { errMsg: thrown.message } : thrown)
  }
}
