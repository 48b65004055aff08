import { refusal } from './refusal.js'

/**
 * Calls a wx method in callback form, at once: what needs a tap fails after a
 * wait. Rejects with a HufuError. There is no time limit: it may be a dialog,
 * and the user may take their time.
 */
export function ask<R>(start: (options: object) => unknown, options: object): Promise<R> {
  return new Promise((resolve, reject) => {
    const fail = (failure: unknown): void => reject(refusal(failure))
    try {
      start(Object.assign({ success: resolve, fail }, options))
    } catch (thrown) {
      fail({ errMsg: String(thrown) })
    }
  })
}
