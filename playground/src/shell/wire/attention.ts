import type { EventStream } from './stream'

export interface AttentionOptions {
  document: Document
  stream: Pick<EventStream, 'pause' | 'resume'>
  /** Whether an answer is awaited that only the stream brings. */
  busy(): boolean
  /** Calls back after ms; returns how to call it off. */
  later?: (ms: number, run: () => void) => () => void
}

/** How long a page is hidden before it lets its stream go, in ms. */
export const letGoAfter = 5_000

/**
 * Holds the event stream only while somebody looks or an answer is awaited.
 *
 * A browser allows six HTTP/1.1 connections to a server, for all its tabs
 * together: streams of hidden tabs would leave none for any call at all. What
 * is missed meanwhile comes when the stream is taken up where it was left.
 */
export class Attention {
  #callOff: (() => void) | null = null

  constructor(private readonly options: AttentionOptions) {
    options.document.addEventListener('visibilitychange', () => this.#look())
  }

  /** A call needs its answer heard, whether anybody looks or not. */
  called(): void {
    this.options.stream.resume()
    this.#look()
  }

  #look(): void {
    this.#callOff?.()
    this.#callOff = null
    if (this.options.document.visibilityState !== 'hidden') this.options.stream.resume()
    else this.#letGoSoon()
  }

  #letGoSoon(): void {
    const later = this.options.later ?? ((ms, run) => {
      const timer = setTimeout(run, ms)
      return () => clearTimeout(timer)
    })
    this.#callOff = later(letGoAfter, () => {
      if (this.options.busy()) this.#letGoSoon()
      else this.options.stream.pause()
    })
  }
}

/** Runs once the page is looked at: at once, or when a tab opened in the background comes to the front. */
export function whenVisible(document: Document, run: () => void): void {
  if (document.visibilityState !== 'hidden') return run()
  const look = (): void => {
    if (document.visibilityState === 'hidden') return
    document.removeEventListener('visibilitychange', look)
    run()
  }
  document.addEventListener('visibilitychange', look)
}
