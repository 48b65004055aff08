import assert from 'node:assert/strict'
import { test } from 'node:test'
import { attach, open } from './program.mjs'

const user = { id: 'usr_1', openid: 'oAlice', unionid: null, nickname: null, avatar_url: null, phone_number: null }
const settle = () => new Promise((resolve) => setImmediate(resolve))
const sealed = { encryptedData: 'sealed', iv: 'iv' }

/** A client whose server answers as `answers` says, by path: what is thrown is a HufuError of that code. */
function client(answers = {}) {
  const calls = []
  const hufu = {
    session: { sessionId: 'ses_1', user },
    on: () => () => {},
    login: async (options) => { calls.push(['login', options?.force === true]); return hufu.session },
    logout: async () => { calls.push(['logout']); hufu.session = null },
    me: async () => hufu.session.user,
    request: async ({ url, method, data }) => { calls.push([`${method} ${url}`, data]); return { data: answer(url) } },
    upload: async ({ url, filePath }) => { calls.push([`UPLOAD ${url}`, filePath]); return { data: answer(url) } },
  }
  const answer = (url) => {
    const given = typeof answers[url] === 'function' ? answers[url]() : answers[url]
    if (typeof given === 'string') throw new hufu.HufuError(given, { status: 422 })
    return given ?? hufu.session.user
  }
  return { hufu, calls }
}

/** The page, logged in. */
async function profile(answers, { language = 'en', wx } = {}) {
  const it = client(answers)
  const page = await open('pages/profile/profile.ts', { hufu: it.hufu, language, wx })
  it.hufu.HufuError = page.app.HufuError
  await settle()
  it.calls.length = 0
  return { ...it, page }
}

test('the buttons come with the login, and not before', async () => {
  const { hufu } = client()
  let login
  hufu.login = () => new Promise((resolve) => (login = resolve))
  const page = await open('pages/profile/profile.ts', { hufu })
  await settle()
  assert.deepEqual([page.data.user, page.data.pending.login], [null, true])
  login(hufu.session)
  await settle()
  assert.equal(page.data.user.id, 'usr_1')
})

test('avatar, nickname and phone number of the events are sent, and shown as the server has them', async () => {
  const { page, calls } = await profile({
    '/v1/me/avatar': { ...user, avatar_url: 'https://x/a' }, '/v1/me': { ...user, nickname: 'Al' }, '/v1/me/phone': { ...user, phone_number: '138****0000' },
  })
  page.takeAvatar({ detail: { avatarUrl: 'wxfile://tmp' } })
  await settle()
  assert.equal(page.data.user.avatar_url, 'https://x/a')
  page.takeNickname({ detail: { value: { nickname: 'Al' } } })
  await settle()
  assert.deepEqual([page.data.user.nickname, page.data.saved], ['Al', true])
  page.takePhone({ detail: { errMsg: 'getPhoneNumber:ok', code: 'c0de' } })
  await settle()
  assert.equal(page.data.user.phone_number, '138****0000')
  assert.deepEqual(calls.map(([call]) => call), ['UPLOAD /v1/me/avatar', 'POST /v1/me', 'POST /v1/me/phone'])
  assert.equal(page.data.saved, false, 'told until the next step')
})

for (const [method, card, detail, code] of [
  ['takePhone', 'phone', { errMsg: 'getPhoneNumber:fail user deny' }, 'user_denied'],
  ['takePhone', 'phone', { errMsg: 'getPhoneNumber:fail no permission', errno: 102 }, 'no_permission'],
  ['takePhone', 'phone', { errMsg: 'getPhoneNumber:fail', errno: 1400001 }, 'quota_exhausted'],
  ['takePhone', 'phone', { errMsg: 'getPhoneNumber:fail privacy permission is not authorized', errno: 104 }, 'privacy_denied'],
  ['takeNickname', 'profile', { value: { nickname: '' } }, 'nickname_empty'],
  ['takeUserInfo', 'older', { errMsg: 'getUserInfo:fail auth deny' }, 'user_denied'],
]) {
  test(`${method}, refused as ${code}: told in words where it was tapped, and nothing is sent`, async () => {
    const { page, calls } = await profile()
    page[method]({ detail })
    await settle()
    assert.deepEqual([page.data.failedIn, page.data.failure.code], [card, code])
    assert.match(page.data.failure.advice, /\S/)
    assert.deepEqual(calls, [])
  })
}

test('the steps: asked for again when they are out of date; refused, the settings are offered', async () => {
  let n = 0
  const list = Array.from({ length: 31 }, (_, i) => ({ timestamp: 1_790_000_000 + i * 86400, step: i }))
  const { page, calls } = await profile(
    { '/v1/me/decrypt': () => (n++ ? { data: { stepInfoList: list } } : 'session_key_stale') },
    { wx: { getWeRunData: async () => ({ ...sealed, encryptedData: `sealed ${n}` }) } },
  )
  page.takeSteps()
  await settle()
  await settle()
  assert.deepEqual(calls.map(([call]) => call), ['POST /v1/me/decrypt', 'login', 'POST /v1/me/decrypt'])
  assert.deepEqual(Array.from(page.data.days, ({ step }) => step), [30, 29, 28, 27, 26, 25, 24])
  assert.match(page.data.days[0].day, /^\d{4}-\d\d-\d\d$/)

  page.wx.getWeRunData = () => Promise.reject({ errMsg: 'getWeRunData:fail auth deny' })
  page.takeSteps()
  await settle()
  assert.deepEqual([page.data.failedIn, page.data.failure.code], ['steps', 'user_denied'])
  page.leaveSettings({ detail: { authSetting: { 'scope.werun': false } } })
  assert.equal(page.data.failure.code, 'user_denied', 'still refused')
  page.leaveSettings({ detail: { authSetting: { 'scope.werun': true } } })
  assert.deepEqual([page.data.failedIn, page.data.failure], ['', null])
})

test('the older way: asked in the tap itself; 微信用户 is not taken for a name', async () => {
  const asked = []
  const info = { nickName: '微信用户', avatarUrl: '' }
  const answer = () => ({ ...sealed, rawData: JSON.stringify(info), signature: 's', userInfo: info })
  const { page, calls } = await profile(
    { '/v1/me/userinfo': { ...user, nickname: 'Al' } },
    { wx: { getUserProfile: ({ desc, success }) => { asked.push(desc); success(answer()) } } },
  )
  page.takeProfile()
  assert.deepEqual(asked, [page.data.t.desc], 'before anything was waited for')
  assert.ok(page.data.t.desc.length <= 30)
  await settle()
  assert.equal(page.data.older, page.data.t.olderAnonymous)
  assert.deepEqual(calls.map(([call]) => call), ['login'], 'which holds already')
  info.nickName = 'Al'
  info.avatarUrl = 'https://x/a'
  page.takeProfile()
  await settle()
  assert.equal(page.data.older, `${page.data.t.olderTaken}Al`)
})

test('what the client can not do is not offered', async () => {
  const { page } = await profile({}, { wx: { canIUse: (name) => !/getUser/.test(name) } })
  assert.deepEqual({ ...page.data.can }, { avatar: true, realtime: true, profile: false, infoButton: false, older: false })
})

test('erasure: asked before, in four characters at most; then nobody is shown', async () => {
  let asked
  const { page, calls, hufu } = await profile({}, { wx: { showModal: (options) => (asked = options) } })
  page.eraseHere()
  await settle()
  asked.success({ confirm: false, cancel: true })
  await settle()
  assert.deepEqual(calls, [])
  assert.equal(page.data.pending.erase, false)

  page.eraseEverywhere()
  await settle()
  assert.ok(asked.confirmText.length <= 4 && asked.cancelText.length <= 4)
  assert.notEqual(asked.content, page.data.t.eraseHereAsk)
  asked.success({ confirm: true })
  await settle()
  assert.deepEqual(calls.map(([call]) => call), ['DELETE /v1/me?scope=user', 'logout'])
  assert.deepEqual([page.data.user, page.data.erased], [null, page.data.t.erasedEverywhere])
  hufu.session = { sessionId: 'ses_2', user: { ...user, id: 'usr_2' } }
  page.login()
  await settle()
  assert.deepEqual([page.data.user.id, page.data.erased], ['usr_2', ''])
})

test('a consent is told to the server by a login, and said to be on record', async () => {
  const { page, calls } = await profile()
  page.agreePolicy()
  await settle()
  assert.match(page.data.failure?.code ?? page.data.agreed, /^2026-11$/)
  assert.deepEqual(calls[0], ['login', true])
})

/** The dialog, and a WeChat that needs consent. */
async function dialog() {
  let need
  const { hufu } = client()
  const it = await attach('components/privacy-dialog/privacy-dialog.ts', { hufu, language: 'en', wx: {
    onNeedPrivacyAuthorization: (listener) => (need = listener),
    getPrivacySetting: ({ success }) => success({ needAuthorization: true, privacyContractName: 'The guide' }),
    openPrivacyContract: ({ success }) => { it.wx.told.push(['openPrivacyContract']); success({}) },
  } })
  const answers = []
  return { it, answers, need: (referrer) => need((answer) => answers.push(answer.event), { referrer }) }
}

test('the privacy dialog: agreed, by the button that WeChat checks', async () => {
  const { it, answers, need } = await dialog()
  need('button.getPhoneNumber')
  await settle()
  assert.deepEqual([it.data.open, it.data.name], [true, 'The guide'])
  it.read()
  it.agree()
  assert.deepEqual(answers, ['exposureAuthorization', 'agree'])
  assert.deepEqual([it.data.open, it.wx.told, it.fired], [false, [['openPrivacyContract']], []])
})

test('the privacy dialog: refused, and the page is told for which button', async () => {
  const { it, answers, need } = await dialog()
  need('button.chooseAvatar')
  it.refuse()
  assert.deepEqual(answers, ['exposureAuthorization', 'disagree'])
  assert.deepEqual(JSON.parse(JSON.stringify(it.fired)), [['refused', { referrer: 'button.chooseAvatar' }]])
  const { page } = await profile()
  page.privacyRefused({ detail: it.fired[0][1] })
  assert.deepEqual([page.data.failedIn, page.data.failure.code], ['profile', 'privacy_denied'])
  page.setData({ failedIn: '' })
  page.privacyRefused({ detail: { referrer: 'button.getPhoneNumber' } })
  assert.equal(page.data.failedIn, '', 'its own event tells')
})

test('the page goes while the dialog is open: what waits has its answer', async () => {
  const { it, answers, need } = await dialog()
  need('getWeRunData')
  it.detach()
  assert.deepEqual(answers, ['exposureAuthorization', 'disagree'])
})
