import { isLocked, locksIn, type Exchange, type Json, type Locked } from '../wire/exchange'

/** Plain members of a body worth a word on the arrow. */
const telling = ['openid', 'unionid', 'user'] as const

/** Calls of wx.* have no method and path: they never were HTTP. */
export function isClientCall(exchange: Exchange): boolean {
  return exchange.request.path.startsWith('wx.')
}

/** "POST /v1/login" or "wx.login()". */
export function exchangeName(exchange: Exchange): string {
  const { method, path } = exchange.request
  return isClientCall(exchange) ? `${path}()` : `${method} ${path}`
}

/** What WeChat's client API would put into errMsg: "login:ok". */
export function clientAnswer(exchange: Exchange): string {
  if (exchange.error) return exchange.error
  const body = exchange.response?.body
  const valid = !(typeof body === 'object' && body !== null && 'valid' in body && body.valid === false)
  return `${exchange.request.path.slice('wx.'.length)}:${valid ? 'ok' : 'fail'}`
}

/** What an arrow carries: secrets, and plain things by name. */
export interface Cargo {
  locked: Locked[]
  plain: string[]
}

export function cargo(exchange: Exchange, side: 'request' | 'answer'): Cargo {
  const part = side === 'request' ? exchange.request : exchange.response
  if (!part) return { locked: [], plain: [] }
  const query = 'query' in part ? part.query : undefined
  const locked = locksIn(part.body, query, part.headers).map((kind) => firstOf(kind, [part.body, query, part.headers]))
  return { locked, plain: side === 'answer' ? plainOf(part.body) : [] }
}

function plainOf(body: Json): string[] {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return []
  return telling.filter((key) => key in body && !isLocked((body as Record<string, Json>)[key]))
}

/** The first lock of a kind, for what may be shown of it. */
function firstOf(kind: Locked['$locked'], places: unknown[]): Locked {
  let found: Locked | null = null
  const look = (value: unknown): void => {
    if (found) return
    if (isLocked(value)) found = value.$locked === kind ? value : null
    else if (typeof value === 'object' && value !== null) Object.values(value).forEach(look)
  }
  places.forEach(look)
  return found ?? { $locked: kind }
}
