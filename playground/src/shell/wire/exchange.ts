/** The kinds of secrets the server draws as locked. */
export const lockKinds = [
  'session_key', 'app_secret', 'code', 'phone_code', 'access_token', 'refresh_token', 'wechat_access_token', 'signature', 'encrypted_data',
  'phone_number', 'secret',
] as const
export type LockKind = (typeof lockKinds)[number]

/** A secret's place: its value never came to this page. */
export interface Locked {
  $locked: LockKind
  /** What stands before it, "Bearer ". */
  prefix?: string
  /** The first characters, where they give nothing away. */
  shown?: string
}

export type Value = string | Locked
export type Json = null | boolean | number | string | Locked | Json[] | { [key: string]: Json }
export type Party = 'phone' | 'hufu' | 'wechat' | 'backend'
export type Fault = 'offline' | 'slow' | 'lose_request' | 'lose_answer' | 'wechat'

export interface Exchange {
  id: string
  /** The exchange during which this one was made. */
  parent: string | null
  /** The phone's call that it belongs to. */
  call: string | null
  from: Party
  to: Party
  state: 'open' | 'done'
  /** Milliseconds since the epoch. */
  at: number
  took_ms: number | null
  request: { method: string; path: string; query: [string, Value][]; headers: [string, Value][]; body: Json; size: number }
  response: { status: number; headers: [string, Value][]; body: Json; size: number } | null
  /** What the phone was told where no answer came. */
  error: string | null
  fault: Fault | null
}

export function isLocked(value: unknown): value is Locked {
  return typeof value === 'object' && value !== null && '$locked' in value
}

/** A kind this page knows; what a newer server may send counts as "secret". */
export function lockKind(locked: Locked): LockKind {
  return (lockKinds as readonly string[]).includes(locked.$locked) ? locked.$locked : 'secret'
}

/** The kinds of secrets inside, each once, in the order they stand. */
export function locksIn(...places: (Json | [string, Value][] | undefined)[]): LockKind[] {
  const found = new Set<LockKind>()
  const look = (value: unknown): void => {
    if (isLocked(value)) found.add(lockKind(value))
    else if (Array.isArray(value)) value.forEach(look)
    else if (typeof value === 'object' && value !== null) Object.values(value).forEach(look)
  }
  places.forEach(look)
  return [...found]
}

/** A string member of a JSON object, or null. */
export function member(body: Json | undefined, ...path: string[]): string | null {
  let value: Json | undefined = body
  for (const key of path) {
    if (typeof value !== 'object' || value === null || Array.isArray(value) || isLocked(value)) return null
    value = value[key]
  }
  return typeof value === 'string' ? value : null
}

/**
 * Why an answer is a failure, in one word: hufu's code, WeChat's errcode (which
 * comes with status 200), or null where it is none.
 */
export function failureOf(exchange: Exchange): string | null {
  const { response } = exchange
  if (!response) return null
  const body = response.body
  if (typeof body === 'object' && body !== null && !Array.isArray(body) && !isLocked(body)) {
    const errcode = body['errcode']
    if (typeof errcode === 'number' && errcode !== 0) return `errcode ${errcode}`
    if (response.status >= 400 && typeof body['code'] === 'string') return body['code']
  }
  return response.status >= 400 ? `HTTP ${response.status}` : null
}
