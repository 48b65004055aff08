import { isObject, problemOf } from './answer.js'
import { callWx } from './callback.js'
import { post, type Context } from './context.js'
import { asHufuError, HufuError } from './errors.js'
import type { WxFailure } from './platform.js'

/** wx.login answers within a second; its own default is not documented. */
const patience = 20_000

/** Gets a code from WeChat, or from the simulator in its place. Rejects with `login_failed`. */
export function newCode(context: Context): Promise<string> {
  return context.config.simulator ? simulatedCode(context, context.config.simulator) : wechatCode(context)
}

async function wechatCode({ config }: Context): Promise<string> {
  let result: { code?: unknown }
  try {
    result = await callWx<{ code: string }>(patience + 2000, (options) => config.wx.login(options), { timeout: patience })
  } catch (failure) {
    const { errMsg, errno } = (failure ?? {}) as WxFailure
    throw new HufuError('login_failed', { errMsg, errno })
  }
  return codeIn(result, 'wx.login gave no code')
}

async function simulatedCode(context: Context, simulator: { url: string; user: string }): Promise<string> {
  const data = { appid: context.config.appid, user: simulator.user }
  try {
    const answer = await post(context, `${simulator.url}/sim/v1/wx/login`, data, {})
    if (answer.status !== 200) throw problemOf(answer)
    return codeIn(answer.data, 'the simulator gave no code')
  } catch (thrown) {
    const { code, detail, errMsg, errno, status } = asHufuError(thrown, 'network')
    if (code === 'aborted' || code === 'login_failed') throw thrown
    throw new HufuError('login_failed', { status, errMsg, errno, detail: `the simulator at ${simulator.url}: ${detail ?? errMsg ?? code}` })
  }
}

function codeIn(result: unknown, otherwise: string): string {
  const code = isObject(result) ? result.code : undefined
  if (typeof code === 'string' && code !== '') return code
  throw new HufuError('login_failed', { detail: otherwise })
}
