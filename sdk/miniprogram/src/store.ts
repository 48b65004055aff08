import { isObject } from './answer.js'
import { isHeld, type Held } from './held.js'
import type { Consent } from './inside.js'
import type { StorageLike } from './platform.js'
import { storagePatience } from './storage.js'
import { after } from './timers.js'

/** A login that was begun: with the same code and key it can be asked for its answer again. */
export interface PendingLogin {
  key: string
  /** When WeChat gave the code, local clock, ms. */
  at: number
  /** As it was sent: the server takes the same key with another body for a bug. */
  body: { appid: string; code: string; device?: Record<string, unknown>; consent?: Consent }
}

interface Stored {
  version: number
  /** Whose session it is; see Config. */
  holder: string
  session: Held | null
  login: PendingLogin | null
}

const version = 1

/**
 * Memory and storage of the session. Everything is one value under one key:
 * whenever the app is killed, what is found is of one moment.
 */
export class Store {
  held: Held | null = null
  login: PendingLogin | null = null
  private writing: Promise<void> = Promise.resolve()

  constructor(
    private readonly storage: StorageLike,
    private readonly key: string,
    private readonly holder: string,
  ) {}

  async load(): Promise<void> {
    const stored = await this.read()
    this.held = stored?.session ?? null
    this.login = stored?.login ?? null
  }

  /** Resolves when it is written, or can't be: the app must work with a full storage too. */
  save(): Promise<void> {
    this.writing = this.writing.then(() => patiently(() => this.write()))
    return this.writing
  }

  /**
   * Takes what another client of the same app stored meanwhile: the code of an
   * independent subpackage runs apart, and would refresh with a token that this
   * one has used. Reports whether newer tokens came.
   */
  async adopt(): Promise<boolean> {
    await this.writing
    const stored = (await this.read())?.session
    const held = this.held
    if (!stored || !held || stored.sessionId !== held.sessionId) return false
    if (stored.refreshToken === held.refreshToken && stored.refreshKey) held.refreshKey = stored.refreshKey
    if (stored.serial <= held.serial) return false
    this.held = stored
    return true
  }

  private async read(): Promise<Stored | undefined> {
    let found: unknown
    await patiently(async () => { found = await this.storage.get(this.key) })
    if (!isObject(found) || found.version !== version || found.holder !== this.holder) return undefined
    const { session, login } = found as unknown as Stored
    return { version, holder: this.holder, session: isHeld(session) ? session : null, login: isPending(login) ? login : null }
  }

  private async write(): Promise<void> {
    const { held, login } = this
    if (!held && !login) return this.storage.remove(this.key)
    const stands = held && (await this.read())?.session
    // Another client's newer tokens stay: the older are good for one repeat only.
    const session = stands && held && stands.sessionId === held.sessionId && stands.serial > held.serial ? stands : held
    // A copy: storage may keep the object until it gets to it.
    const stored: Stored = { version, holder: this.holder, session: session && Object.assign({}, session), login }
    return this.storage.set(this.key, stored)
  }
}

function isPending(value: unknown): value is PendingLogin {
  return isObject(value) && isObject(value.body) && typeof value.key === 'string' && typeof value.at === 'number'
}

function patiently(work: () => Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    const off = after(storagePatience, resolve)
    const done = (): void => { off(); resolve() }
    work().then(done, done)
  })
}
