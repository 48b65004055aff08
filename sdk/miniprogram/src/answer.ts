import { HufuError, type ErrorCode } from './errors.js'
import type { WxAnswer, WxFailure } from './platform.js'

/** An answer of any status. */
export interface Answer {
  status: number
  header: Record<string, string>
  data: unknown
  requestId: string
}

/** Takes what wx gave. HTTP/2 brings header names in lower case, HTTP/1 as they were sent. */
export function readAnswer(raw: WxAnswer, json: boolean): Answer {
  const header: Record<string, string> = {}
  const given = raw.header ?? {}
  Object.keys(given).forEach((name) => { header[name.toLowerCase()] = String(given[name]) })
  return {
    status: Number(raw.statusCode),
    header,
    data: json ? parsed(raw.data) : raw.data,
    requestId: header['x-request-id'] ?? '',
  }
}

/** Parses text that looks like JSON: wx.uploadFile never does, whatever the content type. */
function parsed(data: unknown): unknown {
  if (typeof data !== 'string' || !/^\s*[[{"]/.test(data)) return data
  try {
    return JSON.parse(data)
  } catch {
    return data
  }
}

/** Makes the error of an answer that is not of the 2xx. */
export function problemOf(answer: Answer): HufuError {
  const body = parsed(answer.data instanceof ArrayBuffer ? textOf(answer.data) : answer.data)
  const problem = isObject(body) ? body : {}
  const retryAfter = numberOf(problem.retry_after) ?? numberOf(answer.header['retry-after'])
  return new HufuError(stringOf(problem.code) || 'http_error', {
    status: answer.status,
    requestId: stringOf(problem.request_id) ?? answer.requestId,
    retryAfter,
    detail: stringOf(problem.detail),
    field: stringOf(problem.field),
    wechatErrcode: numberOf(problem.wechat_errcode),
    body,
  })
}

/** Makes the error of a call that wx itself failed. */
export function failureOf(failure: WxFailure): HufuError {
  const errMsg = failure.errMsg ?? ''
  return new HufuError(codeOf(errMsg, failure.errno), { errMsg, errno: failure.errno })
}

/** The words differ between iOS, Android and DevTools; errno came with 2.24.0 and is not everywhere. */
function codeOf(errMsg: string, errno: number | undefined): ErrorCode {
  if (errno === 600002 || /domain list/i.test(errMsg)) return 'domain_not_listed'
  if (errno === 600003 || /interrupted/i.test(errMsg)) return 'interrupted'
  if (errno === 5 || /timed? ?out|超时/i.test(errMsg)) return 'timeout'
  // The path of a chosen picture ends with the app.
  if (errno === 600009 || /invalid url|no such|file.+(found|exist)/i.test(errMsg)) return 'invalid_option'
  return 'network'
}

function textOf(bytes: ArrayBuffer): string {
  const escaped = Array.from(new Uint8Array(bytes)).map((b) => '%' + (b + 256).toString(16).slice(1)).join('')
  try {
    return decodeURIComponent(escaped)
  } catch {
    return ''
  }
}

/** True for an object that is not an array. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function stringOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function numberOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && value !== '' ? Number(value) : value
  return typeof number === 'number' && isFinite(number) ? number : undefined
}
