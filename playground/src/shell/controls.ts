import type { PhoneButton, ProfileRules } from '../host'
import type { Api } from './wire/api'
import type { NetworkMode, Store, WechatMode, World } from './state'
import type { Seen } from './seen'
import type { Params, TextKey } from './lang/i18n'

const code2Session = '/sns/jscode2session'
/** As long as an access token of hufu's lives. */
export const tokenLife = 15 * 60

export const spans = { hour: 3600, day: 86400, month: 31 * 86400 } as const
export type Span = keyof typeof spans

export interface ControlsOptions {
  api: Api
  world: Store<World>
  seen: Seen
  simulated: boolean
  /** Forgets what the person has granted the app. */
  forgetGrants(): void
  /** Writes a line into the diagram. */
  note(key: TextKey, params?: Params): void
}

/**
 * Everything the panels can do to the world around the phone, each one call to
 * the server. All reject with an ApiError, and change what the page shows only
 * once the server has done it.
 */
export class Controls {
  constructor(private readonly options: ControlsOptions) {}

  async network(mode: NetworkMode): Promise<void> {
    const state = await this.options.api.change('PUT', '/playground/v1/network', { mode })
    this.#patch({ network: { mode, left: state?.network?.left ?? null } })
    this.options.note('note.network', { mode: `@network.${mode}` })
  }

  async wechat(mode: Exclude<WechatMode, 'other'>): Promise<void> {
    if (mode === 'normal') await this.options.api.change('DELETE', '/sim/v1/faults')
    else {
      const fault = mode === 'busy' ? { errcode: -1, times: 2 } : { errcode: 45011 }
      await this.options.api.change('PUT', '/sim/v1/faults', [{ path: code2Session, ...fault }])
    }
    this.#patch({ wechat: { mode, left: mode === 'busy' ? 2 : null } })
    this.options.note('note.wechat', { mode: `@wechat.${mode}` })
  }

  async block(name: string, blocked: boolean): Promise<void> {
    await this.options.api.change('POST', '/sim/v1/users', { name, blocked })
    const others = this.#world.blocked.filter((n) => n !== name)
    this.#patch({ blocked: blocked ? [...others, name] : others })
    this.options.note(blocked ? 'note.blocked' : 'note.unblocked', { name })
  }

  /** Nothing that a server must know: the phone's host asks for it. */
  refuse(refuse: boolean): void {
    this.#patch({ refuse })
    if (refuse) this.options.note('note.refuse')
  }

  /** Client-side like the refusal: WeChat's servers never see the tap. */
  phoneButton(phoneButton: PhoneButton): void {
    this.#patch({ phoneButton })
    this.options.note('note.phone', { state: `@data.phone.${phoneButton}` })
  }

  async profileRules(rules: ProfileRules): Promise<void> {
    await this.options.api.change('PUT', '/sim/v1/profile-rules', { rules })
    this.#patch({ profileRules: rules })
    this.options.note('note.rules', { rules: `@data.rules.${rules}` })
  }

  resetConsent(): void {
    this.options.forgetGrants()
    this.options.note('note.consent', { person: this.#world.person })
  }

  async sessionKey(action: 'expire' | 'rotate'): Promise<void> {
    const { appid, person } = this.#world
    await this.options.api.change('POST', '/sim/v1/wx/session-key', { appid, user: person, action })
    this.#patch({ key: action === 'expire' ? 'expired' : 'rotated' })
    this.options.note(`note.key.${action}`)
  }

  /** Ends the newest session seen of the person in the app; nothing where there is none. */
  async endSession(): Promise<void> {
    const session = this.options.seen.of(this.#world).session
    if (!session) return
    await this.options.api.change('POST', '/playground/v1/sessions/end', { session_id: session })
    this.#patch({ sessionEnded: true })
    this.options.note('note.session.end')
  }

  async expireToken(): Promise<void> {
    await this.#advance(tokenLife, 'hufu')
    this.#patch({ tokenExpired: true })
    this.options.note('note.token.expire')
  }

  async advance(span: Span): Promise<void> {
    // With the real WeChat there is no clock but hufu's.
    await this.#advance(spans[span], this.options.simulated ? 'both' : 'hufu')
    this.#patch({ tokenExpired: true })
    this.options.note('note.clock', { time: `@clock.${span}` })
  }

  /** Undoes what can be undone; time does not go back. */
  async normal(): Promise<void> {
    const { api, simulated } = this.options
    const changes = [api.change('PUT', '/playground/v1/network', { mode: 'online' })]
    if (simulated) {
      const people = new Set([...this.#world.blocked, this.#world.person])
      changes.push(api.change('DELETE', '/sim/v1/faults'))
      if (this.#world.profileRules !== 'today') changes.push(api.change('PUT', '/sim/v1/profile-rules', { rules: 'today' }))
      for (const name of people) changes.push(api.change('POST', '/sim/v1/users', { name, blocked: false }))
    }
    this.#patch({ refuse: false, phoneButton: 'works' })
    await Promise.all(changes)
    this.#patch({ network: { mode: 'online', left: null }, wechat: { mode: 'normal', left: null }, blocked: [], profileRules: 'today' })
    this.options.note('note.normal')
  }

  choose(owner: { person?: string; appid?: string }): void {
    this.#patch({ ...owner, key: 'unknown', tokenExpired: false, sessionEnded: false })
  }

  /** Learns what was set before this page was opened. */
  async learn(): Promise<void> {
    if (!this.options.simulated) return
    const { api } = this.options
    const [users, profile] = await Promise.all([api.call('GET', '/sim/v1/users'), api.call('GET', '/sim/v1/profile-rules'), this.learnFaults()])
    const people = (users?.data ?? []) as { name: string; blocked?: boolean }[]
    this.#patch({ blocked: people.filter((p) => p.blocked).map((p) => p.name), profileRules: profile?.rules ?? 'today' })
  }

  /** Asks which faults are left; those with `times` wear out by use. */
  async learnFaults(): Promise<void> {
    const answer = await this.options.api.call('GET', '/sim/v1/faults')
    this.#patch({ wechat: modeOf(Array.isArray(answer) ? answer : (answer?.data ?? [])) })
  }

  get #world(): World {
    return this.options.world.get()
  }

  #patch(change: Partial<World>): void {
    this.options.world.patch(change)
  }

  async #advance(seconds: number, what: 'hufu' | 'both'): Promise<void> {
    const state = await this.options.api.change('POST', '/playground/v1/clock', { advance: seconds, what })
    if (state?.clock) this.#patch({ clock: state.clock })
  }
}

function modeOf(faults: { path?: string; errcode?: number; times?: number; left?: number }[]): World['wechat'] {
  const [first] = faults
  if (!first) return { mode: 'normal', left: null }
  const left = first.left ?? first.times ?? null
  if (faults.length > 1 || first.path !== code2Session) return { mode: 'other', left }
  if (first.errcode === -1) return left === 0 ? { mode: 'normal', left: null } : { mode: 'busy', left }
  return { mode: first.errcode === 45011 ? 'quota' : 'other', left }
}
