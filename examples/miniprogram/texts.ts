/** The languages this mini program speaks. */
export type Language = 'zh' | 'en'

/** The phone's language: Chinese where WeChat is set to any Chinese, else English. */
export function language(): Language {
  return wx.getAppBaseInfo().language.startsWith('zh') ? 'zh' : 'en'
}

const zh = {
  signedOut: '未登录',
  signingIn: '登录中…',
  signedIn: '已登录',
  newUser: '新用户',
  knownUser: '老用户',
  userId: '用户 ID',
  noUnionid: '无：这个小程序没有绑定开放平台账号',
  hidden: '服务端未提供',
  copy: '复制',
  logIn: '登录',
  logInAgain: '重新登录',
  refreshed: '访问令牌已自动刷新',
  loggedInSilently: '会话失效，已自动重新登录',
  backend: '业务后端',
  backendHint: '便签存在业务后端。请求带着访问令牌，由后端自己校验。',
  loadNotes: '读取便签',
  noNotes: '还没有便签',
  noteText: '写一条便签',
  addNote: '添加',
  session: '会话',
  check: '检查会话',
  alive: '会话有效，访问令牌到期时间：',
  ended: '会话已结束',
  keyValid: '微信侧的 session_key 仍有效',
  keyExpired: '微信侧的 session_key 已过期；已登录的会话不受影响',
  keyUnknown: '暂时无法向微信确认 session_key',
  sessions: '登录的设备',
  logOut: '退出登录',
  loading: '加载中…',
  current: '本机',
  unknownDevice: '未知设备',
  createdAt: '登录于 ',
  lastUsedAt: '最近使用 ',
  end: '结束',
  again: '重试',
  requestId: '请求编号 ',
}

/** Every text of the pages but those of failures. */
export type Texts = typeof zh

const en: Texts = {
  signedOut: 'Not logged in',
  signingIn: 'Logging in…',
  signedIn: 'Logged in',
  newUser: 'New here',
  knownUser: 'Returning',
  userId: 'User ID',
  noUnionid: 'None: this mini program is bound to no Open Platform account',
  hidden: 'Not told by the server',
  copy: 'Copy',
  logIn: 'Log in',
  logInAgain: 'Log in again',
  refreshed: 'The access token was refreshed',
  loggedInSilently: 'The session was over; logged in again',
  backend: 'Your backend',
  backendHint: 'The notes live in the backend, which checks the access token by itself.',
  loadNotes: 'Load notes',
  noNotes: 'No notes yet',
  noteText: 'Write a note',
  addNote: 'Add',
  session: 'Session',
  check: 'Check the session',
  alive: 'The session is alive; its access token ends at ',
  ended: 'The session is over',
  keyValid: "WeChat's session_key is still good",
  keyExpired: "WeChat's session_key has expired; your session goes on without it",
  keyUnknown: 'WeChat could not be asked about the session_key',
  sessions: 'Devices',
  logOut: 'Log out',
  loading: 'Loading…',
  current: 'This device',
  unknownDevice: 'Unknown device',
  createdAt: 'Logged in ',
  lastUsedAt: 'Last used ',
  end: 'End',
  again: 'Try again',
  requestId: 'Request ',
}

/** The texts in a language. */
export function textsIn(language: Language): Texts {
  return language === 'zh' ? zh : en
}
