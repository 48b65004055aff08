import { HufuError } from '@hufu/miniprogram'
import type { ErrorCode } from '@hufu/miniprogram'
import type { UserDataCode } from '@hufu/miniprogram/user-data'
import type { Language } from './texts'

/** A failure as a page shows it. */
export interface Failure {
  /** The stable code, for whoever is asked for help. */
  code: string
  /** What happened. */
  what: string
  /** What the user can do about it. */
  advice: string
  /** Finds the call in the server's log; empty if no server answered. */
  requestId: string
}

/** What happened, and what the user can do about it. */
type Words = Record<Language, [what: string, advice: string]>

// Most of these the user never sees: the SDK refreshes, logs in again or
// repeats by itself, and fails only when that did not help.
const fault: Words = {
  zh: ['小程序出错了。', '请稍后再试；若仍不行，请把下面的代码告诉客服。'],
  en: ['Something is wrong with this mini program.', 'Try later; if it stays, tell support the code below.'],
}
const signInAgain: Words = {
  zh: ['登录已失效。', '请重新登录。'],
  en: ['You are no longer logged in.', 'Log in again.'],
}
const codeRefused: Words = {
  zh: ['微信没有认可这次登录。', '请再点一次登录。'],
  en: ['WeChat did not accept this login.', 'Tap to log in once more.'],
}
const dataStale: Words = {
  zh: ['微信给的数据已过时。', '请再授权一次。'],
  en: ['What WeChat gave is out of date.', 'Allow it once more.'],
}
const dataForged: Words = {
  zh: ['微信给的数据没有通过校验。', '请再授权一次；若仍不行，请联系客服。'],
  en: ['What WeChat gave did not pass the check.', 'Allow it once more; if it stays, contact support.'],
}
const busy: Words = {
  zh: ['操作太频繁了。', '请稍等片刻再试。'],
  en: ['That was too often.', 'Wait a little, then try again.'],
}

/** Words for every code that the SDK can fail with; the compiler watches that none is left out. */
export const failures: Record<ErrorCode | UserDataCode, Words> = {
  invalid_request: fault,
  invalid_code: codeRefused,
  code_already_used: codeRefused,
  user_blocked: {
    zh: ['这个账号暂时不能登录。', '如有疑问，请联系客服。'],
    en: ["This account can't log in at present.", 'Contact support if you think that is wrong.'],
  },
  insufficient_scope: fault,
  unknown_app: {
    zh: ['服务端还不认识这个小程序。', '请联系开发者，把它的 appid 加进服务端的配置。'],
    en: ['The server does not know this mini program.', "Ask the developer to add its appid to the server's configuration."],
  },
  not_found: {
    zh: ['没有找到，可能已被删除。', '请刷新后再看。'],
    en: ["It isn't there; perhaps it was removed.", 'Load the page again.'],
  },
  invalid_token: signInAgain,
  token_expired: signInAgain,
  session_revoked: {
    zh: ['登录已在别处被结束。', '请重新登录。'],
    en: ['Your login was ended from elsewhere.', 'Log in again.'],
  },
  token_reused: {
    zh: ['为保护账号，登录已失效。', '请重新登录。'],
    en: ['To protect your account, this login has ended.', 'Log in again.'],
  },
  login_too_old: {
    zh: ['这一步需要确认是你本人。', '请重新登录，10 分钟内再操作。'],
    en: ['This step must be sure that it is you.', 'Log in again and repeat it within 10 minutes.'],
  },
  session_key_stale: dataStale,
  decrypt_failed: dataStale,
  watermark_mismatch: dataForged,
  signature_mismatch: dataForged,
  phone_code_invalid: {
    zh: ['手机号授权已过期。', '请再点一次获取手机号。'],
    en: ['The permission for the phone number has expired.', 'Tap once more to give the number.'],
  },
  idempotency_conflict: fault,
  order_paid: {
    zh: ['订单已支付。', '无需再付，请查看订单。'],
    en: ['The order is paid already.', 'There is nothing to pay; look at the order.'],
  },
  order_closed: {
    zh: ['订单已关闭。', '请重新下单。'],
    en: ['The order was closed.', 'Place a new order.'],
  },
  order_expired: {
    zh: ['订单已超过支付时间。', '请重新下单。'],
    en: ['The time to pay this order is over.', 'Place a new order.'],
  },
  refund_exceeds_amount: {
    zh: ['退款金额超过了可退的金额。', '请改小金额后再试。'],
    en: ['The refund is larger than what can be given back.', 'Choose a smaller amount.'],
  },
  conflict: {
    zh: ['状态已经变了。', '请刷新后再操作。'],
    en: ['Things have changed meanwhile.', 'Load the page again, then repeat the step.'],
  },
  rate_limited: busy,
  wechat_quota: {
    zh: ['微信登录的调用次数已达上限。', '请稍后再试。'],
    en: ['WeChat allows no more logins at the moment.', 'Try later.'],
  },
  wechat_rejected: {
    zh: ['微信拒绝了服务端的请求。', '这需要运维处理，请稍后再试。'],
    en: ["WeChat refused the server's call.", 'The operator has to mend this; try later.'],
  },
  wechat_unavailable: {
    zh: ['微信暂时没有响应。', '请过一会儿再试。'],
    en: ['WeChat does not answer at the moment.', 'Try again in a while.'],
  },
  internal: {
    zh: ['服务端出错了。', '请稍后再试。'],
    en: ['The server had a fault.', 'Try later.'],
  },
  http_error: {
    zh: ['服务端没有完成这个请求。', '请稍后再试。'],
    en: ['The server did not carry this out.', 'Try later.'],
  },
  network: {
    zh: ['网络不通。', '请检查网络后再试。'],
    en: ['There is no connection.', 'Check the network, then try again.'],
  },
  timeout: {
    zh: ['等待太久，没有收到回应。', '请再试一次；重复提交不会多出一份。'],
    en: ['No answer came in time.', 'Try again; nothing is done twice.'],
  },
  aborted: {
    zh: ['已取消。', '需要时可以再试。'],
    en: ['Cancelled.', 'Try again when you like.'],
  },
  interrupted: {
    zh: ['小程序退到后台时，请求被微信中断了。', '请再试一次。'],
    en: ['WeChat cut the call when the mini program went to the background.', 'Try again.'],
  },
  domain_not_listed: {
    zh: ['这个服务器地址不在小程序的合法域名里。', '请开发者在小程序后台添加；开发时可在开发者工具关闭域名校验。'],
    en: ["The server's address is not on the mini program's list of domains.", 'The developer adds it at mp.weixin.qq.com; DevTools can skip the check.'],
  },
  login_failed: {
    zh: ['微信没有给出登录凭证。', '请检查网络和微信的登录状态，再试一次。'],
    en: ['WeChat gave no code to log in with.', 'Check the network and whether WeChat is logged in, then try again.'],
  },
  invalid_response: {
    zh: ['收到的回应看不懂。', '可能是网络需要认证（如公共 Wi-Fi），请换个网络再试。'],
    en: ['The answer made no sense.', 'Perhaps the Wi-Fi wants a login of its own; try another network.'],
  },
  invalid_option: fault,
  user_denied: {
    zh: ['你没有同意这次授权。', '不授权也可以继续使用；再点一次可以重新选择，微信不再询问时，请到权限设置里打开。'],
    en: ['You did not allow it.', 'You can go on without. Tap again to choose anew; if WeChat asks no more, allow it in the permissions.'],
  },
  privacy_denied: {
    zh: ['你没有同意隐私保护指引。', '这一步需要先同意；再点一次可以重新查看。'],
    en: ['You did not agree to the privacy guide.', 'This step needs it; tap again to read it once more.'],
  },
  no_permission: {
    zh: ['微信没有给这个小程序这项权限。', '请换一种方式；个人主体或未认证的小程序不能使用这项能力。'],
    en: ['WeChat does not grant this to this mini program.', 'Go on in another way; it takes a verified business account.'],
  },
  privacy_undeclared: {
    zh: ['小程序还没有声明会用到这项信息。', '请开发者在小程序后台的用户隐私保护指引里补充，约 5 分钟后生效。'],
    en: ['This mini program has not declared that it uses this.', 'The developer adds it to the privacy guide at mp.weixin.qq.com.'],
  },
  quota_exhausted: {
    zh: ['手机号验证的额度已用完。', '请换一种方式；开发者可以在小程序后台购买额度。'],
    en: ['No more phone numbers can be verified at present.', 'Go on in another way; the developer buys more at mp.weixin.qq.com.'],
  },
  nickname_empty: {
    zh: ['昵称是空的。', '请填写昵称；没有通过微信检测的昵称会被清空，请换一个。'],
    en: ['The nickname is empty.', 'Write one; what WeChat does not let pass is cleared, so choose another.'],
  },
  wechat_failed: {
    zh: ['微信没有完成这一步。', '请再试一次。'],
    en: ['WeChat did not carry this out.', 'Try once more.'],
  },
}

/** What the user has typed or chosen, and the server does not take. */
const refused: Record<string, Words> = {
  nickname: {
    zh: ['这个昵称不能用。', '请换一个：1 到 32 个字，不含换行等特殊字符。'],
    en: ['This nickname can not be used.', 'Choose another: 1 to 32 characters, without line breaks and the like.'],
  },
  file: {
    zh: ['这张图片不能用作头像。', '请换一张 2 MB 以内的 JPG、PNG、WebP 或 GIF 图片。'],
    en: ['This picture can not be an avatar.', 'Choose a JPEG, PNG, WebP or GIF of at most 2 MB.'],
  },
}

/** Says in words why a step failed. Anything that is not the SDK's is a fault of this program. */
export function explain(error: unknown, language: Language): Failure {
  if (!(error instanceof HufuError)) {
    const [what, advice] = fault[language]
    return { code: 'unexpected', what, advice, requestId: '' }
  }
  // A backend of your own may answer with codes of its own: add words for them here.
  const words = (error.code === 'invalid_request' && refused[error.field ?? '']) || (failures[error.code as ErrorCode] ?? failures.http_error)
  const [what, advice] = words[language]
  return { code: error.code, what, advice: wait(error.retryAfter, language) ?? advice, requestId: error.requestId }
}

/** The server's own word on how long to wait, in place of a vague one. */
function wait(seconds: number | undefined, language: Language): string | undefined {
  if (!seconds) return undefined
  if (seconds < 90) return language === 'zh' ? `请 ${seconds} 秒后再试。` : `Try again in ${seconds} seconds.`
  const minutes = Math.ceil(seconds / 60)
  return language === 'zh' ? `请 ${minutes} 分钟后再试。` : `Try again in ${minutes} minutes.`
}
