import { isObject } from './answer.js'
import { HufuError } from './errors.js'
import type { Session, User } from './types.js'

/** A session with its secrets, as memory and storage have it. */
export interface Held {
  sessionId: string
  user: User
  accessToken: string
  refreshToken: string
  isNewUser: boolean
  /** Local clock, ms: when the tokens came, and until when they are good. */
  receivedAt: number
  expiresAt: number
  refreshExpiresAt: number
  /** Which set of tokens of this session it is, from 1: the newer of two is known whatever the clock did. */
  serial: number
  /** Random, and the same as long as the session lives; missing in what versions before stored. */
  seed?: string
  /** The Idempotency-Key of the refresh that was begun with these tokens. */
  refreshKey?: string
}

/** Refresh when so much is left, beside the calls; the part is for tokens that live shorter than usual. */
const soon = { ms: 60_000, part: 0.2 }
/** Let the calls wait for the refresh when so little is left. */
const now = { ms: 5_000, part: 0.05 }

/** How urgent a refresh is. Not a verdict: that is the server's, whose clock is right. */
export function urgency(held: Held, clock: number): 'none' | 'soon' | 'now' {
  // Set back: nobody knows how old the token is. A refresh sets that right.
  if (clock < held.receivedAt - soon.ms) return 'soon'
  const left = held.expiresAt - clock
  const lifetime = held.expiresAt - held.receivedAt
  if (left <= Math.min(now.ms, lifetime * now.part)) return 'now'
  return left <= Math.min(soon.ms, lifetime * soon.part) ? 'soon' : 'none'
}

/**
 * Takes what login or refresh answered. Durations are reckoned from arrival: the
 * phone's clock may be wrong by hours, but it goes as fast as the server's.
 * `before` is what a refresh replaces; a login has none, it begins to count.
 */
export function heldFrom(data: unknown, before: Held | null, clock: number, seed = before?.seed): Held {
  const d = isObject(data) ? data : {}
  const user = isObject(d.user) ? d.user : {}
  const texts = [d.access_token, d.refresh_token, d.session_id, user.id]
  if (!texts.every((text) => typeof text === 'string' && text !== '') || !isDuration(d.expires_in)) {
    throw new HufuError('invalid_response', { detail: 'this is no answer of hufu: is the base URL right?' })
  }
  return {
    sessionId: d.session_id as string,
    user: user as unknown as User,
    accessToken: d.access_token as string,
    refreshToken: d.refresh_token as string,
    isNewUser: typeof d.is_new_user === 'boolean' ? d.is_new_user : before?.isNewUser ?? false,
    receivedAt: clock,
    expiresAt: clock + d.expires_in * 1000,
    refreshExpiresAt: clock + (isDuration(d.refresh_expires_in) ? d.refresh_expires_in : 0) * 1000,
    serial: (before?.serial ?? 0) + 1,
    seed,
  }
}

function isDuration(value: unknown): value is number {
  return typeof value === 'number' && value > 0
}

/** Is this what was stored, and not something older or foreign? */
export function isHeld(value: unknown): value is Held {
  if (!isObject(value) || !isObject(value.user)) return false
  const { sessionId, accessToken, refreshToken, receivedAt, expiresAt, serial, seed, refreshKey } = value
  return [sessionId, accessToken, refreshToken].every((text) => typeof text === 'string' && text !== '') &&
    [receivedAt, expiresAt, serial].every((number) => typeof number === 'number') &&
    [seed, refreshKey].every((text) => text === undefined || typeof text === 'string')
}

/**
 * The Idempotency-Key to refresh these tokens with. Whoever holds them makes the
 * same one: two clients on one storage may refresh at the same moment, and with
 * two keys the second would be taken for a thief.
 */
export function refreshKeyOf(held: Held): string {
  return held.refreshKey ?? `refresh-generation-${held.seed ?? held.sessionId}.${held.serial}`
}

/** What the app may see: all but the refresh token. */
export function sessionOf(held: Held): Session {
  const { sessionId, user, accessToken, expiresAt, refreshExpiresAt, isNewUser } = held
  return { sessionId, user: Object.assign({}, user), accessToken, expiresAt, refreshExpiresAt, isNewUser }
}
