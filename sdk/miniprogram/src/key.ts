import { callWx } from './callback.js'
import type { WxLike } from './platform.js'

const keyBytes = 16
/** The time that the phone has to make random bytes; they usually take 1 ms. */
const patience = 500

/**
 * Makes an Idempotency-Key. It has to be unique, not secret: it is worth
 * nothing without the code or token that it goes with. So Math.random and the
 * time do where there is no wx.getRandomValues (base library before 2.15.0).
 */
export async function newKey(wx: WxLike, now: number): Promise<string> {
  const plain = `${now.toString(36)}-${fraction()}${fraction()}`
  try {
    if (!wx.getRandomValues) return plain
    const { randomValues } = await callWx<{ randomValues: ArrayBuffer }>(patience, (options) =>
      wx.getRandomValues?.(options), { length: keyBytes })
    const bytes = Array.from(new Uint8Array(randomValues))
    return bytes.length === keyBytes ? bytes.map((b) => (b + 256).toString(16).slice(1)).join('') : plain
  } catch {
    return plain
  }
}

/** Eleven random characters of base 36. */
function fraction(): string {
  return (Math.random().toString(36).slice(2) + '00000000000').slice(0, 11)
}
