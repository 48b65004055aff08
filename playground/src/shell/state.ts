import type { PhoneButton, ProfileRules } from '../host'
import type { Connection } from './wire/stream'

export const networkModes = ['online', 'offline', 'slow', 'lose_request', 'lose_answer'] as const
export type NetworkMode = (typeof networkModes)[number]

/** How WeChat behaves; "other": faults that somebody set by hand. */
export type WechatMode = 'normal' | 'busy' | 'quota' | 'other'
/** In the order of their times. */
export const profileRules = ['2020', '2021', 'today'] as const satisfies readonly ProfileRules[]
export const phoneButtons = ['works', 'no_permission', 'quota', 'undeclared'] as const satisfies readonly PhoneButton[]

export type KeyState = 'unknown' | 'none' | 'valid' | 'expired' | 'rotated'

/** The world around the phone, as far as this page knows it. */
export interface World {
  person: string
  appid: string
  connection: Connection
  network: { mode: NetworkMode; left: number | null }
  /** Seconds ahead of the real time. */
  clock: { hufu: number; wechat: number }
  wechat: { mode: WechatMode; left: number | null }
  /** Names of the people whom WeChat blocks. */
  blocked: readonly string[]
  /** The next wx.login fails. */
  refuse: boolean
  phoneButton: PhoneButton
  profileRules: ProfileRules
  /** Of the person and app chosen. */
  key: KeyState
  tokenExpired: boolean
  sessionEnded: boolean
}

/** One value that others watch. */
export class Store<T extends object> {
  #watchers = new Set<(value: T, before: T) => void>()

  constructor(private value: T) {}

  get(): T {
    return this.value
  }

  patch(change: Partial<T>): void {
    const before = this.value
    this.value = { ...before, ...change }
    this.#watchers.forEach((tell) => tell(this.value, before))
  }

  /** Tells now and at each change; returns how to stop. */
  watch(tell: (value: T, before: T) => void): () => void {
    this.#watchers.add(tell)
    tell(this.value, this.value)
    return () => void this.#watchers.delete(tell)
  }
}

export function firstWorld(person: string, appid: string): World {
  return {
    person, appid, connection: 'connecting', network: { mode: 'online', left: null }, clock: { hufu: 0, wechat: 0 },
    wechat: { mode: 'normal', left: null }, blocked: [], refuse: false, phoneButton: 'works', profileRules: 'today', key: 'unknown', tokenExpired: false, sessionEnded: false,
  }
}
