/** What `wx.onX` and `wx.offX` keep. A listener added twice is called once, as WeChat does. */
export class Listeners<T> {
  private readonly all = new Set<(value: T) => void>()

  constructor(private readonly fault: (error: unknown) => void) {}

  readonly on = (listener: unknown): void => {
    if (typeof listener === 'function') this.all.add(listener as (value: T) => void)
  }

  /** Without an argument it takes all away. */
  readonly off = (listener?: unknown): void => {
    if (listener === undefined) this.all.clear()
    else this.all.delete(listener as (value: T) => void)
  }

  /** Calls each; what one throws does not keep the next from being called. */
  tell(value: T): void {
    for (const listener of [...this.all]) {
      try {
        listener(value)
      } catch (error) {
        this.fault(error)
      }
    }
  }

  get empty(): boolean {
    return this.all.size === 0
  }
}
