import type { Context } from './context.js'
import { asHufuError, HufuError } from './errors.js'
import { sessionOf, urgency, type Held } from './held.js'
import { leftOver, logIn } from './login.js'
import { isTransient } from './repeat.js'
import { refresh } from './refresh.js'

type Outcome = HufuError | null

/** So long, in ms, a backend that refuses a token just refreshed for a 401 does not cause another refresh. */
const calm = 10_000

/**
 * Keeps one session for all calls: at most one login and one refresh are under
 * way, never both, and whoever needs the outcome waits for it.
 */
export class Keeper {
  /** What was stored has been read. */
  readonly loaded: Promise<void>
  /** Grows with each logout: what was asked for before must not log in again. */
  epoch = 0
  private loginFlight: Promise<Held> | null = null
  private refreshFlight: Promise<Outcome> | null = null
  private leaving: Promise<void> | null = null
  /** The access token that the last refresh for a 401 brought. */
  private renewed = ''

  constructor(private readonly context: Context) {
    this.loaded = context.store.load()
  }

  /** Takes up again what was cut off when the app was killed. Never rejects. */
  async resume(): Promise<void> {
    await this.loaded
    const { store, config } = this.context
    // One that is too old is nobody's wish any more: no wx.login for that.
    if (leftOver(store.login, config.now())) await settled(this.login(false))
    if (store.held?.refreshKey) await settled(this.refresh())
  }

  /** Waits for what stands before every login: reading the storage, and a logout under way. */
  async begun(): Promise<void> {
    await this.loaded
    while (this.leaving) await settled(this.leaving)
  }

  /** Gives a session whose token is good as far as known; logs in if there is none. */
  async acquire(): Promise<Held> {
    await this.begun()
    await this.loginUnderWay()
    return (await this.freshened()) ?? this.context.store.held ?? this.login(false)
  }

  /** The same without a login. Rejects with why there is no session. */
  async holding(): Promise<void> {
    await this.loaded
    await this.loginUnderWay()
    if (this.context.store.held) await this.freshened()
    if (!this.context.store.held) throw new HufuError('session_revoked', { detail: 'nobody is logged in' })
  }

  /**
   * After a 401 to a call that was sent with this token: sees to another one.
   * If there is one already, the answer was merely late. False: there will be
   * none, the 401 stands.
   */
  async recover(token: string, epoch: number, mayLogIn: boolean, code: string): Promise<boolean> {
    if (mayLogIn) {
      await this.begun()
      if (epoch !== this.epoch) return false
    }
    await this.loginUnderWay()
    const { store } = this.context
    if (store.held && store.held.accessToken !== token) return true
    if (store.held) {
      // Held calls go to hufu alone, which knows; an app's backend may refuse every token.
      // A session can be revoked at any moment, also right after a refresh.
      if (mayLogIn && code !== 'session_revoked' && token === this.renewed && this.isYoung(store.held)) return false
      const over = await this.refresh()
      if (over && !mayLogIn) throw over
      this.renewed = store.held?.accessToken ?? ''
    }
    if (store.held) return true
    if (!mayLogIn) return false
    await this.login(false)
    return true
  }

  private isYoung(held: Held): boolean {
    const clock = this.context.config.now()
    return Math.abs(clock - held.receivedAt) < calm && urgency(held, clock) === 'none'
  }

  /** Joins the login under way, or begins one. With `fresh`, by a new code in any case. */
  login(fresh: boolean): Promise<Held> {
    if (this.loginFlight) return this.loginFlight
    const before = this.refreshFlight
    const flight = settled(before).then(() => logIn(this.context, fresh))
    this.loginFlight = flight
    this.finish(flight, () => { this.loginFlight = null }, (held) => {
      this.context.events.emit('login', sessionOf(held))
    })
    return flight
  }

  /** Logs out by `leave`, which ends the session at the server; meanwhile nobody logs in or refreshes for a call. */
  logout(leave: () => Promise<void>): Promise<void> {
    if (this.leaving) return this.leaving
    const flight = this.leave(leave)
    this.leaving = flight
    const done = (): void => { this.leaving = null }
    flight.then(done, done)
    return flight
  }

  private async leave(leave: () => Promise<void>): Promise<void> {
    await this.loaded
    await settled(this.loginFlight)
    const { store, events, config } = this.context
    let had = false
    while (store.held || leftOver(store.login, config.now())) {
      if (!store.held) await this.complete()
      if (!store.held) continue
      await leave()
      had = true
      store.held = null
      void store.save()
    }
    this.epoch++
    store.login = null
    await store.save()
    if (had) events.emit('logout', undefined)
  }

  /** The server may have a session of a login whose answer was lost: gets it, so that it can be ended. */
  private async complete(): Promise<void> {
    try {
      await logIn(this.context, false, false)
    } catch (error) {
      if (isTransient(asHufuError(error, 'invalid_response'))) throw error
      this.context.store.login = null
    }
  }

  /** Waits for a login that somebody began. If it fails while a session is held, that one is still good. */
  private async loginUnderWay(): Promise<void> {
    if (!this.loginFlight) return
    try {
      await this.loginFlight
    } catch (error) {
      if (!this.context.store.held) throw error
    }
  }

  /**
   * Refreshes ahead of the end. While the token is good the calls do not wait,
   * and a failure is no matter. Gives null if there is no session (any more).
   */
  private async freshened(): Promise<Held | null> {
    const { store, config } = this.context
    if (!store.held) return null
    const urgent = urgency(store.held, config.now())
    if (urgent === 'soon') void settled(this.refresh())
    if (urgent === 'now') {
      try {
        await this.refresh()
      } catch (error) {
        if (store.held && config.now() >= store.held.expiresAt) throw error
      }
    }
    return store.held
  }

  private refresh(): Promise<Outcome> {
    if (this.refreshFlight) return this.refreshFlight
    const flight = this.refreshAfterLogin(this.context.store.held)
    this.refreshFlight = flight
    this.finish(flight, () => { this.refreshFlight = null }, (over) => {
      const { held } = this.context.store
      if (!over && held) this.context.events.emit('refresh', sessionOf(held))
    })
    return flight
  }

  private async refreshAfterLogin(wanted: Held | null): Promise<Outcome> {
    if (this.loginFlight) {
      await settled(this.loginFlight)
      if (this.context.store.held !== wanted) return null
    }
    return refresh(this.context)
  }

  /** Clears the place before anybody who waits goes on, then tells the listeners. */
  private finish<T>(flight: Promise<T>, clear: () => void, tell: (value: T) => void): void {
    flight.then(
      (value) => { clear(); tell(value) },
      (thrown) => {
        clear()
        const error = asHufuError(thrown, 'invalid_response')
        if (error.code !== 'aborted') this.context.events.emit('error', error)
      },
    )
  }
}

async function settled(promise: Promise<unknown> | null): Promise<void> {
  try {
    await promise
  } catch {
    // Whoever asked for it is told.
  }
}
