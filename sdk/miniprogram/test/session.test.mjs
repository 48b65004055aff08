import assert from 'node:assert/strict'
import test from 'node:test'
import { later, Phone } from './support/phone.mjs'

test('checkSession asks our server, not wx.checkSession, and does not log in', async () => {
  const phone = new Phone()
  const hufu = phone.start()
  assert.deepEqual(await phone.until(hufu.checkSession()), { active: false, code: 'session_revoked' })
  assert.equal(phone.counts.calls, 0)
  await phone.until(hufu.login())
  const status = await phone.until(hufu.checkSession())
  assert.equal(status.active, true)
  assert.equal(status.session_id, hufu.session.sessionId)
  assert.equal(status.wechat_session, undefined)
  assert.equal((await phone.until(hufu.checkSession({ wechat: true }))).wechat_session, 'valid')
  phone.server.expireTokens()
  assert.equal((await phone.until(hufu.checkSession())).active, true, 'an expired token is refreshed')
  phone.server.revokeAll()
  assert.deepEqual(await phone.until(hufu.checkSession()), { active: false, code: 'session_revoked' })
  assert.equal(hufu.session, null)
  assert.deepEqual([phone.counts.checkSession, phone.counts.wxLogin], [0, 1])
})

test('me() asks for the user and logs in if need be', async () => {
  const phone = new Phone()
  const hufu = phone.start()
  const user = await phone.until(hufu.me())
  assert.equal(user.openid, 'o-usr_alice')
  assert.equal(hufu.session.user.id, user.id)
})

test('sessions() reads every page; endSession() ends another, and one\'s own as a logout', async () => {
  const phone = new Phone()
  const hufu = await phone.loggedIn()
  for (let i = 0; i < 4; i++) await phone.until(hufu.login({ force: true }))
  const list = await phone.until(hufu.sessions())
  assert.equal(list.length, 5)
  assert.deepEqual(list.map((s) => s.current), [true, false, false, false, false])
  await phone.until(hufu.endSession(list[3].session_id))
  assert.equal(phone.server.alive(list[3].session_id), false)
  assert.equal((await phone.failure(hufu.endSession('ses_none'))).code, 'not_found')
  const told = []
  hufu.on('logout', () => told.push('logout'))
  await phone.until(hufu.endSession(list[0].session_id))
  assert.deepEqual(told, ['logout'])
  assert.equal(hufu.session, null)
})

test('logout ends the session at the server and on the phone', async () => {
  const phone = new Phone()
  const hufu = await phone.loggedIn()
  const { sessionId } = hufu.session
  await phone.until(Promise.all([hufu.logout(), hufu.logout()]))
  assert.equal(phone.server.alive(sessionId), false)
  assert.equal(hufu.session, null)
  assert.equal(phone.disk.size, 0)
  await phone.until(hufu.logout())
  assert.equal(phone.server.log.filter((c) => c.method === 'DELETE').length, 1)
})

test('logout without a network rejects and keeps the session, so that it can be done again', async () => {
  const phone = new Phone()
  const hufu = await phone.loggedIn()
  phone.fate = () => 'lose_answer'
  assert.equal((await phone.failure(hufu.logout())).code, 'network')
  assert.ok(hufu.session)
  phone.fate = () => undefined
  await phone.until(hufu.logout())
  assert.equal(hufu.session, null, 'the server had ended it already: that is what was wanted')
  assert.equal(phone.counts.wxLogin, 1)
})

test('a call under way at a logout does not log the user in again', async () => {
  const phone = new Phone()
  const hufu = await phone.loggedIn()
  phone.fate = ({ path }) => (path === '/slow' ? { latency: 1000 } : undefined)
  const slow = hufu.request({ url: '/slow' })
  await phone.time.advance(1)
  await phone.until(hufu.logout())
  assert.equal((await phone.failure(slow)).status, 401)
  assert.equal(phone.counts.wxLogin, 1)
  await phone.until(hufu.request({ url: '/new' }))
  assert.equal(phone.counts.wxLogin, 2, 'a new one does')
})

test('a call that waits for its place at a logout is not sent by a new login', async () => {
  const phone = new Phone()
  const hufu = await phone.loggedIn({ maxInFlight: 1 })
  phone.latency = 500
  const [, waiting] = later([hufu.request({ url: '/1' }), hufu.request({ url: '/2', method: 'POST', header: { 'x-mark': 'order' } })])
  const logout = hufu.logout()
  phone.server.revokeAll() // whatever order they go in, the session is over
  await phone.until(logout)
  const error = await phone.failure(waiting)
  assert.ok(['aborted', 'session_revoked'].includes(error.code))
  assert.equal(phone.counts.wxLogin, 1)
  assert.equal(phone.server.effects.size, 0)
})

test('logout during a refresh: the tokens that still come are not kept', async () => {
  const phone = new Phone()
  const hufu = await phone.loggedIn()
  await phone.time.advance(14.5 * 60_000)
  phone.fate = ({ path }) => (path === '/v1/refresh' ? { latency: 500 } : undefined)
  await phone.until(hufu.request({ url: '/a' }))
  await phone.time.advance(600)
  assert.equal(phone.server.counts.rotations, 1, 'the server has made them')
  await phone.until(hufu.logout())
  await phone.time.advance(10_000)
  assert.equal(hufu.session, null)
  assert.equal(phone.disk.size, 0)
})

test('events tell what happened; a listener that throws spoils nothing', async () => {
  const phone = new Phone()
  const hufu = phone.start()
  const told = []
  for (const event of ['login', 'refresh', 'logout', 'expired', 'error']) hufu.on(event, (value) => told.push([event, value?.code ?? value?.sessionId ?? null]))
  const off = hufu.on('login', () => told.push('not any more'))
  off()
  await phone.until(hufu.login())
  const { sessionId } = hufu.session
  phone.server.expireTokens()
  await phone.until(hufu.request({ url: '/a' }))
  phone.server.revokeAll()
  phone.server.refuse('/v1/login', { status: 403, code: 'user_blocked' })
  await phone.failure(hufu.request({ url: '/a' }))
  assert.deepEqual(told, [['login', sessionId], ['refresh', sessionId], ['expired', 'session_revoked'], ['error', 'user_blocked']])

  hufu.on('login', () => { throw new Error('of the listener') })
  const thrown = []
  const original = phone.time.setTimeout
  phone.time.setTimeout = (callback, ms) => original(() => { try { callback() } catch (error) { thrown.push(error.message) } }, ms)
  await phone.until(hufu.login())
  await phone.time.advance(1)
  assert.deepEqual(thrown, ['of the listener'])
})

test('destroy ends everything under way and takes the listeners off wx', async () => {
  const phone = new Phone()
  const hufu = await phone.loggedIn()
  const under = later([hufu.request({ url: '/a' }), hufu.login({ force: true })])
  await phone.time.advance(5)
  hufu.destroy()
  for (const task of later([...under, hufu.request({ url: '/b' }), hufu.me()])) assert.equal((await phone.failure(task, 0)).code, 'aborted')
  assert.deepEqual([phone.run.show.size, phone.run.hide.size], [0, 0])
  await phone.time.advance(60_000)
  const next = phone.start()
  await phone.until(next.ready())
  assert.ok(next.session, 'what is stored stays')
})

test('two clients in one process share nothing', async () => {
  const phone = new Phone()
  const one = await phone.loggedIn()
  const other = phone.module.createHufu({ baseURL: 'https://login.example.com', wx: phone.wx, appid: 'wxdd00000000000002' })
  await phone.until(other.ready())
  assert.ok(one.session)
  assert.equal(other.session, null)
})

test('a session that is shown can be changed without harm', async () => {
  const phone = new Phone()
  const hufu = await phone.loggedIn()
  hufu.session.user.id = 'x'
  hufu.session.accessToken = 'x'
  assert.equal(hufu.session.user.id, 'usr_alice')
  await phone.until(hufu.request({ url: '/a' }))
})

test('invalid_request to anything but a refresh does not mean that the session is over', async () => {
  const phone = new Phone()
  const hufu = await phone.loggedIn()
  const { sessionId } = hufu.session
  phone.server.refuse('/v1/session', ...Array(2).fill({ status: 400, code: 'invalid_request' }))
  assert.equal((await phone.failure(hufu.checkSession())).code, 'invalid_request')
  assert.equal((await phone.failure(hufu.logout())).code, 'invalid_request')
  assert.equal(hufu.session.sessionId, sessionId)
  phone.server.expireTokens()
  phone.server.refuse('/v1/refresh', { status: 400, code: 'invalid_request' })
  assert.deepEqual(await phone.until(hufu.checkSession()), { active: false, code: 'invalid_request' })
})

const alive = (phone) => [...phone.server.sessions.keys()].filter((id) => phone.server.alive(id))

test('logout ends the session of a login whose answer was lost', async () => {
  for (const killed of [false, true]) {
    const phone = new Phone()
    let hufu = phone.start()
    phone.fate = ({ path }) => (path === '/v1/login' ? 'lose_answer' : undefined)
    await phone.failure(hufu.login())
    assert.equal(alive(phone).length, 1)
    assert.equal((await phone.failure(hufu.logout())).code, 'network')
    phone.fate = () => undefined
    if (killed) {
      phone.kill()
      hufu = phone.start()
    }
    await phone.until(hufu.logout())
    assert.deepEqual([alive(phone), phone.disk.size, phone.counts.wxLogin, hufu.session], [[], 0, 1, null])
  }
})

test('logout ends the session held, and that of a forced login whose answer was lost', async () => {
  const phone = new Phone()
  const hufu = await phone.loggedIn()
  phone.fate = ({ path }) => (path === '/v1/login' ? 'lose_answer' : undefined)
  await phone.failure(hufu.login({ force: true }))
  phone.fate = () => undefined
  await phone.until(hufu.logout())
  assert.deepEqual([alive(phone), phone.disk.size, phone.counts.wxLogin], [[], 0, 2])
})

test('me() stores the user', async () => {
  const phone = new Phone()
  const hufu = await phone.loggedIn()
  phone.fate = ({ path }) => (path === '/v1/me' ? { status: 200, body: { id: 'usr_alice', nickname: 'Alice' } } : undefined)
  await phone.until(hufu.me())
  await phone.time.advance(100)
  phone.kill()
  const again = phone.start()
  await phone.until(again.ready())
  assert.equal(again.session.user.nickname, 'Alice')
})
