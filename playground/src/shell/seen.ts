import { member, type Exchange } from './wire/exchange'
import type { Owner } from './wire/calls'
import type { Keeper } from './phone/storage'

/** What hufu's answers told of a person in an app. */
export interface Sighting {
  user: string | null
  openid: string | null
  unionid: string | null
  session: string | null
}

const nothing: Sighting = { user: null, openid: null, unionid: null, session: null }

/**
 * Who was seen where, read off the answers of this page's own calls. Kept with
 * the phone's storage: a phone that is still logged in after a reload makes no
 * new login to read.
 */
export class Seen {
  #watchers = new Set<(owner: Owner, login: boolean) => void>()

  constructor(private readonly keeper: Keeper) {}

  of(owner: Owner): Sighting {
    try {
      return { ...nothing, ...JSON.parse(this.keeper.getItem(keyOf(owner)) ?? '{}') }
    } catch {
      return nothing
    }
  }

  /** Takes an exchange that is done. */
  take(exchange: Exchange, owner: Owner): void {
    const { request, response } = exchange
    if (exchange.to !== 'hufu' || !response || response.status >= 300) return
    if (request.method === 'DELETE' && request.path === '/v1/session') return this.#keep(owner, { session: null }, false)
    if (request.method === 'DELETE' && request.path === '/v1/me') return this.#erased(owner, request.query.some(([name, value]) => name === 'scope' && value === 'user'))
    const login = request.path === '/v1/login'
    if (login || request.path === '/v1/refresh') {
      const session = member(response.body, 'session_id')
      this.#keep(owner, { session, ...userOf(response.body, 'user') }, login)
    } else if (request.path === '/v1/me') {
      this.#keep(owner, userOf(response.body), false)
    }
  }

  forgetSession(owner: Owner): void {
    this.#keep(owner, { session: null }, false)
  }

  /** Tells whose sighting changed, and whether by a login. */
  watch(tell: (owner: Owner, login: boolean) => void): void {
    this.#watchers.add(tell)
  }

  /** Forgets the person in this app, or the user wherever they were seen. */
  #erased(owner: Owner, everywhere: boolean): void {
    const { user } = this.of(owner)
    const apps = everywhere ? this.#appsOf(owner.person) : []
    for (const appid of apps) {
      const other = { person: owner.person, appid }
      if (user && this.of(other).user === user) this.#keep(other, nothing, false)
    }
    this.#keep(owner, nothing, false)
  }

  #appsOf(person: string): string[] {
    const prefix = keyOf({ person, appid: '' })
    const keys = Array.from({ length: this.keeper.length }, (_, i) => this.keeper.key(i) ?? '')
    return keys.filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length))
  }

  #keep(owner: Owner, change: Partial<Sighting>, login: boolean): void {
    this.keeper.setItem(keyOf(owner), JSON.stringify({ ...this.of(owner), ...change }))
    this.#watchers.forEach((tell) => tell(owner, login))
  }
}

function userOf(body: Exchange['request']['body'], ...path: string[]): Partial<Sighting> {
  const user = member(body, ...path, 'id')
  if (!user) return {}
  return { user, openid: member(body, ...path, 'openid'), unionid: member(body, ...path, 'unionid') }
}

function keyOf(owner: Owner): string {
  return `hufu-seen/${encodeURIComponent(owner.person)}/${owner.appid}`
}
