import { HufuError } from '../index.js'
import { codesOf } from './object.js'
import type { UserDataCode } from './codes.js'

/** Makes the error of what WeChat refused, by its errno where there is one (2.24.0), else by its words. */
export function refusal(failure: unknown): HufuError {
  const { errMsg, errno } = codesOf(failure)
  return new HufuError(codeOf(errMsg, errno), { errMsg, errno })
}

function codeOf(errMsg: string, errno: number | undefined): UserDataCode | 'network' | 'timeout' {
  if (errno === 112 || errno === 1025 || /privacy agreement|privacy api banned/i.test(errMsg)) return 'privacy_undeclared'
  if (errno === 1400001) return 'quota_exhausted'
  // 104 stands for a dialog that was closed as well.
  const closed = /cancel|den(y|ied)/i.test(errMsg)
  if (/privacy/i.test(errMsg) || errno === 101102 || (errno === 104 && !closed)) return 'privacy_denied'
  if (errno === 102 || /no permission/i.test(errMsg)) return 'no_permission'
  if (closed || errno === 103 || errno === 104 || /unauthorized|disagree/i.test(errMsg)) return 'user_denied'
  if (errno === 5 || /timed? ?out|超时/i.test(errMsg)) return 'timeout'
  if (errno === 108 || /^6000\d\d$/.test(`${errno}`) || /net::|network|网络/i.test(errMsg)) return 'network'
  return 'wechat_failed'
}
