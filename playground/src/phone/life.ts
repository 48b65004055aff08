/**
 * The life of one run of a program. What outlasts a call (a timer, a listener,
 * an answer that is awaited) asks it, so that nothing of the program runs once
 * the phone was destroyed.
 */
export class Life {
  over = false
  private readonly endings: Array<() => void> = []

  /** Runs once, at the end; at once if the end was. */
  onEnd(ending: () => void): void {
    if (this.over) ending()
    else this.endings.push(ending)
  }

  /** Listens until the end. */
  listen(target: EventTarget, type: string, listener: (event: never) => void, options?: AddEventListenerOptions): void {
    target.addEventListener(type, listener as EventListener, options)
    this.onEnd(() => target.removeEventListener(type, listener as EventListener, options))
  }

  /** A timer of the phone itself; gives what stops it. */
  after(ms: number, work: () => void): () => void {
    const timer = setTimeout(() => {
      if (!this.over) work()
    }, ms)
    return () => clearTimeout(timer)
  }

  end(): void {
    if (this.over) return
    this.over = true
    for (const ending of this.endings.splice(0).reverse()) ending()
  }
}
