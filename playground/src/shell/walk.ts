import type { Controls } from './controls'
import { wantsSession, type Scenario, type ScenarioId } from './scenarios'

export interface WalkOptions {
  controls: Controls
  list: readonly Scenario[]
  /** Whether the phone holds a session. */
  loggedIn(): boolean
  /** Kills the phone and empties its storage. */
  emptyPhone(): void
  startPhone(): void
  /** Runs a change and says so where it fails. */
  run(change: () => Promise<void> | void): void
  onChange(): void
}

/** Which scenario is on, and whether its preset still waits for a login. */
export class Walk {
  #on: Scenario | null = null
  #armed = false

  constructor(private readonly options: WalkOptions) {}

  get current(): ScenarioId | null {
    return this.#on?.id ?? null
  }

  /** The preset waits until somebody is logged in. */
  get armed(): boolean {
    return this.#armed
  }

  get number(): number {
    return this.#on ? this.options.list.indexOf(this.#on) + 1 : 0
  }

  /** Back to normal, then the preset of this one; null ends the walk. */
  go(id: ScenarioId | null): void {
    this.#on = this.options.list.find((s) => s.id === id) ?? null
    this.#armed = false
    const scenario = this.#on
    if (scenario) {
      this.options.run(async () => {
        await this.options.controls.normal()
        // Another may have been chosen meanwhile.
        if (this.#on === scenario) await this.#setUp(scenario)
      })
    }
    this.options.onChange()
  }

  /** The next, or by -1 the one before; round and round. */
  step(by: 1 | -1): void {
    const { list } = this.options
    const at = this.#on ? list.indexOf(this.#on) : by > 0 ? -1 : 0
    this.go(list[(at + by + list.length) % list.length]!.id)
  }

  /** Somebody has logged in: what waited for it is set up. */
  loggedIn(): void {
    const scenario = this.#on
    if (!this.#armed || !scenario?.setUp) return
    this.#armed = false
    this.options.run(() => scenario.setUp!(this.options.controls))
    this.options.onChange()
  }

  async #setUp(scenario: Scenario): Promise<void> {
    if (scenario.fresh) return this.#setUpFresh(scenario)
    if (wantsSession(scenario) && !this.options.loggedIn()) {
      this.#armed = true
      this.options.onChange()
      return
    }
    await scenario.setUp?.(this.options.controls)
  }

  /** The preset comes before the phone: a mini program may log in as it starts. */
  async #setUpFresh(scenario: Scenario): Promise<void> {
    this.options.emptyPhone()
    try {
      await scenario.setUp?.(this.options.controls)
    } finally {
      this.options.startPhone()
    }
  }
}
