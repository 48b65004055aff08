import { after } from './timers.js'
import type { WxFailure } from './platform.js'

/**
 * Calls a wx method in callback form. Rejects with what `fail` gave, with what
 * was thrown, or, if WeChat never calls back, with a failure of its own after
 * `ms`.
 */
export function callWx<R>(ms: number, start: (options: any) => unknown, options: object): Promise<R> {
  return new Promise((resolve, reject) => {
    const off = after(ms, () => reject({ errMsg: 'no callback in time' }))
    const success = (result: R): void => { off(); resolve(result) }
    const fail = (failure: WxFailure): void => { off(); reject(failure) }
    try {
      start(Object.assign({ success, fail }, options))
    } catch (thrown) {
      fail({ errMsg: String(thrown) })
    }
  })
}
