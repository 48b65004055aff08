import type { HufuError } from './errors.js'
import { taskOf } from './task.js'
import type { Hufu } from './types.js'

/**
 * A client that can't work. It rejects where a real one would: thrown by
 * app.ts, the same error would leave a white page and no trace on the phone.
 */
export function misconfigured(error: HufuError): Hufu {
  const refuse = () => taskOf<never>(null, () => Promise.reject(error))
  const nothing = () => () => undefined
  return {
    session: null,
    ready: () => Promise.resolve(),
    login: refuse, request: refuse, upload: refuse, me: refuse, checkSession: refuse, sessions: refuse, endSession: refuse, logout: refuse,
    on: nothing, use: nothing,
    destroy: () => undefined,
  }
}
