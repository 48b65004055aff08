import type { User } from './types.js'

/** What the user has agreed to, as the login sends it. */
export interface Consent {
  policy_version: string
  /** RFC 3339. */
  agreed_at: string
}

/**
 * What the entry `user-data` reaches of the client beside its API. No app may:
 * it changes from version to version, and a client that is misconfigured has none of it.
 */
export interface Inside {
  /** Keeps what the server has told of the user, in `session.user` and in storage; `before` is the session that asked. */
  _keep(user: User, before?: string): User
  /** Ends the session here alone: the server has ended it. Resolves when nothing is stored any more. */
  _forget(): Promise<void>
  /** Asked at the beginning of each login for what the user has agreed to. */
  _consent(consent: () => Consent | undefined): void
}
