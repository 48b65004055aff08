import { throwLater } from './timers.js'
import type { Events } from './types.js'

type Listener = (value: never) => void

/** Who listens to what. */
export class Emitter {
  private readonly listeners = new Map<keyof Events, Set<Listener>>()

  on<E extends keyof Events>(event: E, listener: (value: Events[E]) => void): () => void {
    const set = this.listeners.get(event) ?? new Set()
    this.listeners.set(event, set)
    set.add(listener)
    return () => { set.delete(listener) }
  }

  /** Tells all; a listener that throws spoils neither the login nor the other listeners. */
  emit<E extends keyof Events>(event: E, value: Events[E]): void {
    Array.from(this.listeners.get(event) ?? []).forEach((listener) => {
      try {
        listener(value as never)
      } catch (error) {
        throwLater(error)
      }
    })
  }
}
