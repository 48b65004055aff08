import { HufuError } from './errors.js'

/** What a mini program lacks an AbortController for. */
export class Cancel {
  aborted = false
  private readonly listeners = new Set<() => void>()

  abort(): void {
    if (this.aborted) return
    this.aborted = true
    this.listeners.forEach((listener) => listener())
    this.listeners.clear()
  }

  /** Calls the listener once, at once if it was aborted; returns what takes it off. */
  onAbort(listener: () => void): () => void {
    if (this.aborted) {
      listener()
      return () => undefined
    }
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  /** Settles as the promise does, unless it is called off first. What is waited for goes on for others. */
  race<T>(promise: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const off = this.onAbort(() => reject(new HufuError('aborted')))
      promise.then(
        (value) => { off(); resolve(value) },
        (error) => { off(); reject(error) },
      )
    })
  }
}
