/** The codes of the client itself. */
export const clientCodes = [
  /** The network failed; whether the server saw the call is unknown. */
  'network',
  /** No answer in time; whether the server saw the call is unknown. */
  'timeout',
  /** `abort()` or `destroy()` was called. */
  'aborted',
  /** WeChat broke the call off because the app was in the background. */
  'interrupted',
  /** The host is not in the mini program's list of request domains. */
  'domain_not_listed',
  /** wx.login itself failed, or the simulator in its place. */
  'login_failed',
  /** The answer is not what the server says: a proxy's page, for instance. */
  'invalid_response',
  /** The call or the configuration is wrong; `detail` says how. */
  'invalid_option',
  /** An answer other than 2xx that names no code. */
  'http_error',
] as const

/** The codes of the server, as its documentation lists them. */
export const serverCodes = [
  'invalid_request', 'invalid_code', 'code_already_used', 'user_blocked', 'insufficient_scope', 'unknown_app', 'not_found',
  'invalid_token', 'token_expired', 'session_revoked', 'token_reused', 'login_too_old', 'session_key_stale', 'decrypt_failed',
  'watermark_mismatch', 'signature_mismatch', 'phone_code_invalid', 'idempotency_conflict', 'order_paid', 'order_closed',
  'order_expired', 'refund_exceeds_amount', 'conflict', 'rate_limited', 'wechat_quota', 'wechat_rejected', 'wechat_unavailable',
  'internal',
] as const

/** Every code that hufu and this client know. Another backend's own codes come through as they are. */
export const errorCodes = [...clientCodes, ...serverCodes] as const

/** One of the known codes. */
export type ErrorCode = (typeof errorCodes)[number]

/** What a HufuError may tell beside its code. */
export interface ErrorFields {
  /** The HTTP status; 0 if there was no answer. */
  status?: number
  /** `X-Request-Id`: the operator finds the call by it. */
  requestId?: string
  /** Seconds to wait, where the server says. */
  retryAfter?: number
  /** What is wrong in this case, in English, for developers. */
  detail?: string
  /** The field of the request that is wrong. */
  field?: string
  /** WeChat's errcode, where WeChat refused the server. */
  wechatErrcode?: number
  /** WeChat's own words, where wx failed. */
  errMsg?: string
  errno?: number
  /** The body of the answer, for backends whose errors have a form of their own. */
  body?: unknown
}

/** The one error of this client. Decide by `code` alone. */
export class HufuError extends Error {
  declare readonly code: ErrorCode | (string & {})
  declare readonly status: number
  declare readonly requestId: string
  declare readonly retryAfter: number | undefined
  declare readonly detail: string | undefined
  declare readonly field: string | undefined
  declare readonly wechatErrcode: number | undefined
  declare readonly errMsg: string | undefined
  declare readonly errno: number | undefined
  declare readonly body: unknown

  constructor(code: ErrorCode | (string & {}), fields: ErrorFields = {}) {
    super(message(code, fields))
    Object.assign(this, { status: 0, requestId: '' }, fields, { name: 'HufuError', code })
  }
}

function message(code: string, fields: ErrorFields): string {
  const why = fields.detail ?? fields.errMsg ?? (fields.status ? `HTTP ${fields.status}` : '')
  return why ? `${code}: ${why}` : code
}

/** @internal The error of a call or a configuration that is wrong. */
export function invalid(field: string, detail: string): HufuError {
  return new HufuError('invalid_option', { field, detail })
}

/** @internal Makes whatever was thrown one of ours. */
export function asHufuError(thrown: unknown, code: ErrorCode): HufuError {
  if (thrown instanceof HufuError) return thrown
  return new HufuError(code, { detail: thrown instanceof Error ? thrown.message : String(thrown) })
}
