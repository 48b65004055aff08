import { failureOf, readAnswer, type Answer } from './answer.js'
import type { Cancel } from './cancel.js'
import { HufuError } from './errors.js'
import type { WxAnswer, WxFailure, WxLike, WxTask } from './platform.js'
import { after } from './timers.js'
import type { Method } from './types.js'

/** One call as it goes out. */
export interface Wire {
  url: string
  method: Method
  header: Record<string, string>
  timeout: number
  data?: string | object | ArrayBuffer
  dataType?: string
  responseType?: string
  /** Set for an upload; `data` is then the form. */
  file?: { path: string; name: string }
}

/** WeChat's own time-out comes first; ours is for callbacks that never come, so that they hold no place for ever. */
const grace = 2000

/**
 * Sends one call and takes any status as an answer. Rejects with a HufuError of
 * the client's codes; with `aborted` at once when it is called off, whatever
 * WeChat makes of that.
 */
export function send(wx: WxLike, wire: Wire, cancel: Cancel): Promise<Answer> {
  return new Promise((resolve, reject) => {
    let task: WxTask | undefined
    let settled = false
    let offTimer = (): void => undefined
    let offAbort = (): void => undefined
    const settle = (then: () => void): void => {
      if (settled) return
      settled = true
      offTimer()
      offAbort()
      then()
    }
    const breakOff = (error: HufuError): void => settle(() => {
      reject(error)
      if (task && typeof task.abort === 'function') task.abort()
    })
    offAbort = cancel.onAbort(() => breakOff(new HufuError('aborted')))
    if (settled) return
    offTimer = after(wire.timeout + grace, () => breakOff(new HufuError('timeout')))
    const success = (raw: WxAnswer): void => settle(() => {
      const answer = readAnswer(raw, !!wire.file || (wire.dataType ?? 'json') === 'json')
      if (answer.status > 0) resolve(answer)
      else reject(new HufuError('invalid_response', { detail: 'there is no status' }))
    })
    const fail = (failure: WxFailure): void => settle(() => reject(failureOf(failure ?? {})))
    try {
      task = wire.file ? upload(wx, wire, success, fail) : request(wx, wire, success, fail)
    } catch (thrown) {
      settle(() => reject(new HufuError('invalid_option', { errMsg: String(thrown) })))
    }
  })
}

function request(wx: WxLike, wire: Wire, success: (raw: WxAnswer) => void, fail: (failure: WxFailure) => void): WxTask | undefined {
  const { url, method, header, timeout, data, dataType, responseType } = wire
  const options: Record<string, unknown> = { url, method, header, timeout, success, fail }
  // wx takes a key that is there and undefined for a value on some phones.
  if (data !== undefined) options.data = data
  if (dataType !== undefined) options.dataType = dataType
  if (responseType !== undefined) options.responseType = responseType
  return wx.request(options)
}

function upload(wx: WxLike, wire: Wire, success: (raw: WxAnswer) => void, fail: (failure: WxFailure) => void): WxTask | undefined {
  const { url, header, timeout, data, file } = wire
  const options: Record<string, unknown> = { url, filePath: file?.path, name: file?.name, header, timeout, success, fail }
  if (data !== undefined) options.formData = data
  return wx.uploadFile(options)
}
