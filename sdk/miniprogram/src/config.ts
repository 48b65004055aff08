import { invalid } from './errors.js'
import type { Consent } from './inside.js'
import type { StorageLike, WxLike } from './platform.js'
import { wxStorage } from './storage.js'
import type { HufuOptions } from './types.js'

declare const wx: WxLike | undefined

/** The options, checked and with every default filled in. */
export interface Config {
  baseURL: string
  appid: string
  device: Record<string, unknown> | undefined
  /** What the user has agreed to, if a login is to tell; set by the entry beside this one. */
  consent?: () => Consent | undefined
  /** Only where it is to be honoured. */
  simulator: { url: string; user: string } | undefined
  timeout: number
  maxInFlight: number
  wx: WxLike
  storage: StorageLike
  storageKey: string
  /** Tokens of another server or another person of the simulator are not ours to send. */
  holder: string
  now: () => number
}

const defaultTimeout = 60_000
const defaultInFlight = 10

/** Throws a HufuError `invalid_option`. */
export function configure(options: HufuOptions): Config {
  const given = options ?? ({} as HufuOptions)
  const host = given.wx ?? (typeof wx === 'undefined' ? undefined : wx)
  if (!host || typeof host.request !== 'function') throw invalid('wx', 'there is no global wx here: pass one as `wx`')
  const baseURL = address('baseURL', given.baseURL)
  const { appId, envVersion } = accountOf(host)
  const appid = given.appid ?? appId
  if (!appid) throw invalid('appid', 'there is no appid here: pass one as `appid`')
  // Nothing else leaves a phone there; and it would only say that the host is not listed.
  if (envVersion === 'release' && !/^https:..[^:/]*[a-z]/i.test(baseURL)) throw invalid('baseURL', 'a released mini program calls https and a named host only')
  // Before base library 2.10.0 there is no envVersion: take the strictest.
  const env = envVersion ?? 'release'
  const simulator = given.simulator && env === 'develop'
    ? { url: address('simulator.url', given.simulator.url), user: String(given.simulator.user) }
    : undefined
  return {
    baseURL, appid, simulator, wx: host,
    device: given.device,
    timeout: positive('timeout', given.timeout, defaultTimeout),
    maxInFlight: positive('maxInFlight', given.maxInFlight, defaultInFlight),
    storage: given.storage ?? wxStorage(host),
    storageKey: `hufu:${appid}:${env}`,
    holder: simulator ? `${baseURL} ${simulator.user}` : baseURL,
    now: given.now ?? (() => Date.now()),
  }
}

function accountOf(host: WxLike): { appId?: string; envVersion?: string } {
  try {
    return host.getAccountInfoSync?.().miniProgram ?? {}
  } catch {
    return {}
  }
}

/** WeChat refuses what is no plain address only on phones, and there without a word of why. */
function address(name: string, value: unknown): string {
  const url = typeof value === 'string' ? value.replace(/\/+$/, '') : ''
  if (!/^https?:\/\/[^\s?#]+$/.test(url)) throw invalid(name, `${name} must look like https://login.example.com`)
  return url
}

function positive(name: string, value: number | undefined, otherwise: number): number {
  if (value === undefined) return otherwise
  if (!(value > 0)) throw invalid(name, `${name} must be above 0`)
  return value
}
