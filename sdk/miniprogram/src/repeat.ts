import type { Cancel } from './cancel.js'
import { asHufuError, type HufuError } from './errors.js'
import type { Lifecycle } from './lifecycle.js'
import { delay } from './timers.js'

const attempts = 4
const firstWait = 500
/** The longest that the server may make a login wait here, in ms; beyond, the caller is told. */
const longestWait = 5000

/** May the same call succeed later? Only then is it worth keeping the code and key of a login. */
export function isTransient(error: HufuError): boolean {
  switch (error.code) {
    case 'network':
    case 'timeout':
    case 'interrupted':
    case 'aborted':
    case 'invalid_response':
      return true
    case 'wechat_rejected': // 502, but the operator has to mend something first
      return false
  }
  return error.status === 429 || error.status >= 500
}

/**
 * Makes a call that is safe to repeat, up to four times with growing waits in
 * between, which end no sooner than the app is in front again.
 */
export async function repeat<T>(lifecycle: Lifecycle, cancel: Cancel, attempt: () => Promise<T>): Promise<T> {
  for (let n = 1; ; n++) {
    try {
      return await attempt()
    } catch (thrown) {
      const error = asHufuError(thrown, 'invalid_response')
      const wait = waitBefore(error, n)
      if (n >= attempts || wait > longestWait || cancel.aborted || !isTransient(error)) throw error
      // In the background the wire is closed: what is sent there is lost.
      if (error.code !== 'interrupted') await delay(wait, cancel)
      await cancel.race(lifecycle.visible())
    }
  }
}

/** In ms. Spread, since after an outage everybody's phone comes back at once. */
function waitBefore(error: HufuError, n: number): number {
  const backOff = firstWait * Math.pow(2, n - 1) * (0.75 + Math.random() / 2)
  return Math.max(backOff, (error.retryAfter ?? 0) * 1000)
}
