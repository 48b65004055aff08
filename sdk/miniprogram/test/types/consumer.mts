// What an app writes. It is compiled, never run.
import { createHufu, errorCodes, HufuError, type ErrorCode, type Hufu, type HufuOptions, type Response, type Session, type Task, type User } from '@hufu/miniprogram'
import { createUserData, userDataCodes, type PrivacyRequest, type UserData, type UserDataCode, type UserInfo } from '@hufu/miniprogram/user-data'

const options: HufuOptions = {
  baseURL: 'https://login.example.com',
  device: { model: 'iPhone 15', nested: { os: 17 } },
  simulator: { url: 'http://127.0.0.1:8081', user: 'alice' },
  wx, // the official typings' own
  storage: { get: (key) => wx.getStorageSync(key), set: (key, value) => wx.setStorageSync(key, value), remove: (key) => wx.removeStorageSync(key) },
}
const hufu: Hufu = createHufu(options)

interface Note { id: string; text: string }

export async function use(): Promise<string> {
  const session: Session = await hufu.login()
  await hufu.login({ force: true })
  const task: Task<Response<{ data: Note[] }>> = hufu.request<{ data: Note[] }>({ url: '/notes', header: { a: 'b' }, timeout: 5000 })
  task.abort()
  const { data, status, header, requestId } = await task
  const texts: string[] = data.data.map((note) => note.text)
  const user: User = (await hufu.upload<User>({ url: '/v1/me/avatar', filePath: 'wxfile://a' })).data
  const at: number = session.expiresAt
  const status2 = await hufu.checkSession({ wechat: true })
  if (status2.active && status2.wechat_session === 'expired') await hufu.login({ force: true })
  for (const item of await hufu.sessions()) if (!item.current) await hufu.endSession(item.session_id)
  const off: () => void = hufu.on('expired', (error) => { const code: string = error.code; void code })
  hufu.on('login', ({ user: { id } }) => void id)
  off()
  hufu.use({
    request(call) { call.header['X-Trace'] = call.kind },
    response: async (response) => ({ ...response, data: response.data }),
  })()
  await hufu.ready()
  await hufu.logout()
  hufu.destroy()
  return texts.join() + status + header.etag + requestId + user.avatar_url + at + (hufu.session?.user.nickname ?? '')
}

export function say(error: unknown): string {
  if (!(error instanceof HufuError)) throw error
  switch (error.code) {
    case 'network': return '网络不可用'
    case 'rate_limited': return `${error.retryAfter ?? 1}`
    default: return `${error.code} ${error.status} ${error.requestId} ${error.detail} ${error.field} ${error.wechatErrcode} ${error.errMsg} ${error.errno}`
  }
}

const userData: UserData = createUserData(hufu, { wx, consent: () => ({ policyVersion: '1', agreedAt: new Date() }) })

export const handlers = {
  phone: (event: WechatMiniprogram.ButtonGetPhoneNumber): Promise<User> => userData.getPhoneNumber(event),
  avatar: (event: WechatMiniprogram.CustomEvent<{ avatarUrl: string }>): Promise<User> => userData.uploadAvatar(event),
  nickname: (event: WechatMiniprogram.FormSubmit): Promise<User> => userData.setNickname(event),
  typed: (event: WechatMiniprogram.InputBlur): Promise<User> => userData.setNickname(event),
  older: (event: WechatMiniprogram.ButtonGetUserInfo): Promise<UserInfo> => userData.getUserInfo(event),
}

export async function useUserData(): Promise<string> {
  const { anonymous, user }: UserInfo = await userData.getUserInfo({ desc: 'x' })
  await userData.getUserInfo(await wx.getUserProfile({ desc: 'x' }))
  const { stepInfoList } = await userData.decrypt<{ stepInfoList: { step: number }[] }>(() => wx.getWeRunData())
  await userData.decrypt(await wx.getWeRunData(), () => wx.getWeRunData())
  const off: () => void = userData.privacy.onNeedPrivacy((request: PrivacyRequest) => request.agree('agree'))
  off()
  const { sessionId } = await userData.recordConsent({ policyVersion: '1' })
  return `${anonymous} ${user.nickname} ${stepInfoList[0]?.step} ${sessionId}`
}

export const added: readonly UserDataCode[] = userDataCodes
// @ts-expect-error it has to say what for
void userData.getUserInfo({})
// @ts-expect-error which policy
void userData.recordConsent({ agreedAt: 1 })

export const known: readonly ErrorCode[] = errorCodes

// @ts-expect-error there is no PATCH in a mini program
void hufu.request({ url: '/a', method: 'PATCH' })
// @ts-expect-error the base URL is needed
createHufu({})
// @ts-expect-error there is no such event
hufu.on('logged-in', () => undefined)
// @ts-expect-error not one of the codes
export const unknown: ErrorCode = 'no_such_code'
