/** The codes that this entry adds to those of the client and the server. */
export const userDataCodes = [
  /** The user said no, closed the dialog, or has not allowed it before. */
  'user_denied',
  /** The user has not agreed to the privacy policy. */
  'privacy_denied',
  /** WeChat does not let this mini program: it belongs to an individual, or is not verified. */
  'no_permission',
  /** The mini program's privacy guideline does not declare this data; the developer adds it at mp.weixin.qq.com. */
  'privacy_undeclared',
  /** The phone numbers that the mini program has paid for are used up. */
  'quota_exhausted',
  /** Nothing is in the field: the user left it empty, or WeChat's content check has cleared it. */
  'nickname_empty',
  /** WeChat failed for another reason; `errMsg` and `errno` are its own words. */
  'wechat_failed',
] as const

/** One of them. */
export type UserDataCode = (typeof userDataCodes)[number]
