// The client and the real server: what the fake one says must be what it does.
import assert from 'node:assert/strict'
import test, { after, before } from 'node:test'
import { createHufu } from '@hufu/miniprogram'
import { ask, canBuild, devPhone, startDev } from './support/dev.mjs'
import { later } from './support/phone.mjs'

const skip = canBuild() ? false : 'there is no Go here'

let dev
before(async () => { if (!skip) dev = await startDev() })
after(async () => { await dev?.stop() })

/** An app on a phone of its own person, so that the tests share nothing. */
async function newPhone(name) {
  const user = `${name}-${Math.random().toString(36).slice(2)}`
  await ask(`${dev.simulator}/sim/v1/users`, { name: user })
  const phone = devPhone({ simulator: dev.simulator, user })
  phone.user = user
  phone.start = (options) => createHufu({ baseURL: dev.server, wx: phone.wx, device: { model: 'test' }, ...options })
  /** The access token on the phone becomes one that the server refuses. */
  phone.spoil = () => {
    const [[key, text]] = phone.disk
    const stored = JSON.parse(text)
    stored.session.accessToken = stored.session.accessToken.replace(/.{8}$/, 'AAAAAAAA')
    phone.disk.set(key, JSON.stringify(stored))
  }
  return phone
}

test('log in, ask, list, end, log out', { skip }, async () => {
  const phone = await newPhone('plain')
  const hufu = phone.start()
  const from = Date.now()
  const session = await hufu.login()
  const to = Date.now()
  assert.match(session.sessionId, /^ses_/)
  assert.match(session.user.id, /^usr_/)
  assert.equal(session.isNewUser, true)
  const received = session.expiresAt - 900_000
  assert.ok(received >= from && received <= to, `the token is counted from ${received - from} ms after the login began`)
  assert.equal((await hufu.me()).id, session.user.id)
  const status = await hufu.checkSession({ wechat: true })
  assert.deepEqual([status.active, status.session_id, status.wechat_session], [true, session.sessionId, 'valid'])
  await hufu.login({ force: true })
  const list = await hufu.sessions()
  assert.deepEqual(list.map((s) => [s.current, s.device.model]), [[true, 'test'], [false, 'test']])
  await hufu.endSession(list[1].session_id)
  assert.equal((await hufu.sessions()).length, 1)
  await hufu.logout()
  assert.equal(hufu.session, null)
  assert.deepEqual(await hufu.checkSession(), { active: false, code: 'session_revoked' })
})

test('log in as a person of the simulator from any appid, as WeChat DevTools does', { skip }, async () => {
  const phone = devPhone({ simulator: dev.simulator, appid: 'touristappid' })
  const hufu = createHufu({ baseURL: dev.server, appid: 'wxdd00000000000002', wx: phone.wx, simulator: { url: dev.server, user: 'bob' } })
  assert.match((await hufu.login()).user.id, /^usr_/)
  assert.equal(phone.count('wx.login'), 0)
})

test('the answer to a login is lost: the replay gives the session that was made', { skip }, async () => {
  const phone = await newPhone('replay')
  phone.lose.push('/v1/login')
  const hufu = phone.start()
  await hufu.login()
  assert.deepEqual([phone.count('wx.login'), phone.count('/v1/login')], [1, 2])
  assert.equal((await hufu.sessions()).length, 1)
})

test('the app is killed before the answer to a login: the next start has the session', { skip }, async () => {
  const phone = await newPhone('killed')
  const before = phone.start()
  const answered = new Promise((resolve) => {
    const { request } = phone.wx
    phone.wx.request = (options) => request({ ...options, success: resolve, fail: resolve })
    phone.restore = () => { phone.wx.request = request }
  })
  later([before.login()])
  await answered
  before.destroy()
  phone.restore()
  const hufu = phone.start({ device: { model: 'another by now' } })
  await hufu.ready()
  assert.ok(hufu.session)
  assert.equal(phone.count('wx.login'), 1)
  assert.equal((await hufu.sessions()).length, 1)
})

test('a token that is not taken any more: ten calls, one refresh', { skip }, async () => {
  const phone = await newPhone('refresh')
  await phone.start().login()
  phone.spoil()
  const hufu = phone.start()
  await Promise.all(Array.from({ length: 10 }, () => hufu.request({ url: '/v1/session' })))
  assert.deepEqual([phone.count('/v1/refresh'), phone.count('wx.login')], [1, 1])
})

test('the answer to a refresh is lost, the app killed: the same successor, no theft', { skip }, async () => {
  const phone = await newPhone('rotation')
  const first = phone.start()
  const { sessionId } = await first.login()
  phone.spoil()
  const second = phone.start()
  phone.lose.push('/v1/refresh')
  later([second.me()])
  while (!phone.count('/v1/refresh')) await new Promise((resolve) => setTimeout(resolve, 5))
  second.destroy()
  const hufu = phone.start()
  await hufu.ready()
  await hufu.me()
  assert.equal(hufu.session.sessionId, sessionId)
  assert.equal(phone.count('wx.login'), 1)
})

test('the session was ended elsewhere: one refresh refused, one silent login', { skip }, async () => {
  const phone = await newPhone('ended')
  const hufu = phone.start()
  const { sessionId } = await hufu.login()
  const other = devPhone({ simulator: dev.simulator, user: phone.user })
  await createHufu({ baseURL: dev.server, wx: other.wx }).endSession(sessionId)
  const told = []
  hufu.on('expired', (error) => told.push(error.code))
  await Promise.all([hufu.me(), hufu.me(), hufu.me()])
  assert.deepEqual(told, ['session_revoked'])
  assert.deepEqual([phone.count('/v1/refresh'), phone.count('wx.login')], [1, 2])
})

test('WeChat is busy, once: the login is repeated with its code', { skip }, async () => {
  const phone = await newPhone('busy')
  await ask(`${dev.simulator}/sim/v1/faults`, [{ path: '/sns/jscode2session', errcode: -1, times: 1 }], 'PUT')
  await phone.start().login()
  assert.equal(phone.count('wx.login'), 1)
})

test('refusals come as the documented codes', { skip }, async () => {
  const phone = await newPhone('refused')
  await assert.rejects(phone.start({ appid: 'wx0000000000000000' }).login(), { code: 'unknown_app', status: 404 })
  await assert.rejects(phone.start({ device: { text: 'x'.repeat(4000) } }).login(), { code: 'invalid_request', field: 'device' })
  const hufu = phone.start()
  await assert.rejects(hufu.request({ url: '/v1/nothing' }), { code: 'not_found', status: 404 })
  await assert.rejects(hufu.endSession('ses_nobody'), (error) => error.code === 'not_found' && /\S/.test(error.requestId))
  await assert.rejects(hufu.upload({ url: '/v1/session', filePath: 'x' }), { code: 'invalid_request' })
  await ask(`${dev.simulator}/sim/v1/users`, { name: phone.user, blocked: true })
  await assert.rejects(hufu.login({ force: true }), { code: 'user_blocked' })
  assert.ok(hufu.session, 'the session that is held stays')
})
