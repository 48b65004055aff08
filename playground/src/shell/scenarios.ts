import type { Controls } from './controls'

/** One thing to see, with everything set up for it. */
export interface Scenario {
  id: ScenarioId
  /** It begins with nobody logged in: the phone's storage is emptied. */
  fresh: boolean
  /** What is set: at once, or for those that want a session, when somebody is logged in. */
  setUp?(controls: Controls): Promise<void> | void
}

export const scenarioIds = [
  'first-login', 'two-apps', 'session-key-expired', 'session-key-rotated', 'session-revoked', 'token-expired',
  'own-data', 'phone-refused', 'phone-barred', 'stale-key-data', 'old-profile', 'offline', 'slow',
  'lost-request', 'lost-answer', 'wechat-busy', 'wechat-quota', 'user-blocked', 'refuse', 'clock',
] as const
export type ScenarioId = (typeof scenarioIds)[number]

/** In the order in which they are walked through. */
export function scenarios(person: () => string): readonly Scenario[] {
  return [
    { id: 'first-login', fresh: true },
    { id: 'two-apps', fresh: false },
    { id: 'session-key-expired', fresh: false, setUp: (c) => c.sessionKey('expire') },
    { id: 'session-key-rotated', fresh: false, setUp: (c) => c.sessionKey('rotate') },
    { id: 'session-revoked', fresh: false, setUp: (c) => c.endSession() },
    { id: 'token-expired', fresh: false, setUp: (c) => c.expireToken() },
    { id: 'own-data', fresh: false, setUp: (c) => c.resetConsent() },
    { id: 'phone-refused', fresh: false, setUp: (c) => c.resetConsent() },
    { id: 'phone-barred', fresh: false, setUp: (c) => c.phoneButton('no_permission') },
    { id: 'stale-key-data', fresh: false, setUp: (c) => c.sessionKey('rotate') },
    { id: 'old-profile', fresh: false, setUp: (c) => c.profileRules('2021') },
    { id: 'offline', fresh: true, setUp: (c) => c.network('offline') },
    { id: 'slow', fresh: true, setUp: (c) => c.network('slow') },
    { id: 'lost-request', fresh: true, setUp: (c) => c.network('lose_request') },
    { id: 'lost-answer', fresh: true, setUp: (c) => c.network('lose_answer') },
    { id: 'wechat-busy', fresh: true, setUp: (c) => c.wechat('busy') },
    { id: 'wechat-quota', fresh: true, setUp: (c) => c.wechat('quota') },
    { id: 'user-blocked', fresh: true, setUp: (c) => c.block(person(), true) },
    { id: 'refuse', fresh: true, setUp: (c) => c.refuse(true) },
    { id: 'clock', fresh: false, setUp: (c) => c.advance('month') },
  ]
}

/** Whether the preset wants somebody logged in. */
export function wantsSession(scenario: Scenario): boolean {
  return !scenario.fresh && scenario.setUp !== undefined
}

/** What makes no sense with the real WeChat, where nothing at its side can be set. */
export const simulatedOnly: ReadonlySet<ScenarioId> = new Set([
  'two-apps', 'session-key-expired', 'session-key-rotated', 'own-data', 'phone-refused', 'phone-barred', 'stale-key-data', 'old-profile', 'wechat-busy', 'wechat-quota', 'user-blocked', 'refuse',
])

export function isScenario(id: string | null): id is ScenarioId {
  return id !== null && (scenarioIds as readonly string[]).includes(id)
}
