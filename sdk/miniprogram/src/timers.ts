import type { Cancel } from './cancel.js'

declare function setTimeout(callback: () => void, ms: number): number
declare function clearTimeout(timer: number): void

/** Calls back after some ms, unless it is called off. */
export function after(ms: number, callback: () => void): () => void {
  const timer = setTimeout(callback, ms)
  return () => clearTimeout(timer)
}

/** Waits; rejects as soon as it is aborted. */
export function delay(ms: number, cancel: Cancel): Promise<void> {
  let off = (): void => undefined
  const waited = cancel.race(new Promise<void>((resolve) => { off = after(ms, resolve) }))
  return waited.catch((error) => { off(); throw error })
}

/** Throws where nobody awaits, so that App.onError hears of it. */
export function throwLater(error: unknown): void {
  after(0, () => { throw error })
}
