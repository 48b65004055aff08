/** What a page and the one that opened it talk by. */
export class EventChannel {
  private readonly listeners = new Map<string, Array<{ listener: (...args: unknown[]) => void; once: boolean }>>()

  constructor(private readonly fault: (error: unknown) => void) {}

  on(name: string, listener: (...args: unknown[]) => void): void {
    this.add(name, listener, false)
  }

  once(name: string, listener: (...args: unknown[]) => void): void {
    this.add(name, listener, true)
  }

  off(name: string, listener?: (...args: unknown[]) => void): void {
    this.listeners.set(name, listener ? (this.listeners.get(name) ?? []).filter((one) => one.listener !== listener) : [])
  }

  emit(name: string, ...args: unknown[]): void {
    for (const { listener, once } of this.listeners.get(name) ?? []) {
      if (once) this.off(name, listener)
      try {
        listener(...args)
      } catch (error) {
        this.fault(error)
      }
    }
  }

  private add(name: string, listener: (...args: unknown[]) => void, once: boolean): void {
    this.listeners.set(name, [...(this.listeners.get(name) ?? []), { listener, once }])
  }
}
