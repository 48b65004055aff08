import type { Hufu, Session } from '../index.js'
import type { Consent as Wire, Inside } from '../inside.js'
import { fieldsOf, invalid, isHufuError, textOf } from './object.js'
import type { Consent, UserDataOptions } from './types.js'

/** Tells the server, with each login, what the user has agreed to. */
export class Consents {
  /** What is to be told, until a login has done so. */
  private next: Wire | undefined
  private taken = false
  /** The server takes none of the consents that the app keeps. */
  private refused = false

  constructor(private readonly hufu: Hufu, own: UserDataOptions['consent']) {
    const { _consent } = fieldsOf(hufu) as Partial<Inside>
    _consent?.call(hufu as Hufu & Inside, () => {
      this.taken = true
      if (this.next) return this.next
      const given = this.refused ? null : own?.()
      return given ? wire(given) : undefined
    })
    // E.g. a phone whose clock is days off, or iOS, which reads fewer dates than
    // DevTools. It is told once; it must not keep the user out for good.
    if (own) hufu?.on?.('error', ({ field }) => {
      if (!this.next && /^(consent|policyVersion|agreedAt)/.test(textOf(field))) this.refused = true
    })
  }

  /** Logs in with it. Rejects as the login does. */
  async record(consent: Consent): Promise<Session> {
    const mine = wire(consent)
    this.next = mine
    this.taken = false
    try {
      let session = await this.hufu.login({ force: true })
      // It may have joined a login that was begun before, and so without the consent.
      if (!this.taken) session = await this.hufu.login({ force: true })
      this.forget(mine)
      return session
    } catch (thrown) {
      if (isRefused(thrown)) this.forget(mine)
      throw thrown
    }
  }

  private forget(told: Wire): void {
    if (this.next === told) this.next = undefined
  }
}

/** Will the server never take it? Then no later login may fail for it. */
function isRefused(thrown: unknown): boolean {
  return isHufuError(thrown) && thrown.status >= 400 && thrown.status < 500 && thrown.status !== 429
}

/** As it is sent. Throws `invalid_option`. */
function wire(consent: Consent): Wire {
  const { policyVersion, agreedAt } = fieldsOf(consent) as Partial<Consent>
  if (!textOf(policyVersion)) throw invalid('policyVersion', 'policyVersion says which policy the user has agreed to')
  const at = agreedAt === undefined ? new Date() : new Date(agreedAt)
  if (isNaN(at.getTime())) throw invalid('agreedAt', 'agreedAt is a Date, ms, or RFC 3339')
  return { policy_version: textOf(policyVersion), agreed_at: at.toISOString() }
}
