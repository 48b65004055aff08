import type { Cancel } from './cancel.js'
import { HufuError } from './errors.js'

interface Waiting {
  start(): void
}

/**
 * Bounds the calls on the wire. WeChat allows ten; older clients fail the
 * eleventh instead of letting it wait.
 */
export class Queue {
  private inFlight = 0
  private readonly waiting: Waiting[] = []

  constructor(private readonly limit: number) {}

  /**
   * Runs the job when there is a place. `first` passes everybody who waits: a
   * login that stood behind the calls that wait for it would never come.
   */
  run<T>(job: () => Promise<T>, cancel: Cancel, first = false): Promise<T> {
    return new Promise((resolve, reject) => {
      let off = (): void => undefined
      const entry: Waiting = {
        start: () => {
          off()
          this.inFlight++
          const done = (): void => { this.inFlight--; this.next() }
          // In a promise: what a job throws at once must give its place back too.
          new Promise<T>((settle) => settle(job())).then(
            (value) => { done(); resolve(value) },
            (error) => { done(); reject(error) },
          )
        },
      }
      off = cancel.onAbort(() => {
        const at = this.waiting.indexOf(entry)
        if (at >= 0) this.waiting.splice(at, 1)
        reject(new HufuError('aborted'))
      })
      if (cancel.aborted) return
      if (first) this.waiting.unshift(entry)
      else this.waiting.push(entry)
      this.next()
    })
  }

  private next(): void {
    while (this.inFlight < this.limit) {
      const entry = this.waiting.shift()
      if (!entry) return
      entry.start()
    }
  }
}
