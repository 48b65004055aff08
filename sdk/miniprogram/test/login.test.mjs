import assert from 'node:assert/strict'
import test from 'node:test'
import { Phone, settle } from './support/phone.mjs'

test('twenty pages that log in at once call wx.login once', async () => {
  const phone = new Phone()
  const hufu = phone.start()
  const sessions = await phone.until(Promise.all(Array.from({ length: 20 }, () => hufu.login())))
  assert.equal(phone.counts.wxLogin, 1)
  assert.equal(phone.server.counts.login, 1)
  assert.equal(new Set(sessions.map((s) => s.accessToken)).size, 1)
  assert.equal(sessions[0].user.id, 'usr_alice')
  assert.equal(sessions[0].isNewUser, true)
})

test('login() with a valid session calls neither wx.login nor the server', async () => {
  const phone = new Phone()
  const hufu = await phone.loggedIn()
  const before = phone.counts.calls
  await phone.until(hufu.login())
  assert.equal(phone.counts.wxLogin, 1)
  assert.equal(phone.counts.calls, before)
  phone.kill()
  await phone.until(phone.start().login())
  assert.equal(phone.counts.wxLogin, 1, 'nor after a restart')
})

test('login({ force }) begins a new session', async () => {
  const phone = new Phone()
  const hufu = await phone.loggedIn()
  const before = hufu.session.sessionId
  const session = await phone.until(hufu.login({ force: true }))
  assert.notEqual(session.sessionId, before)
  assert.equal(phone.counts.wxLogin, 2)
})

test('an Idempotency-Key goes with every login, and nothing that the server does not know', async () => {
  const phone = new Phone()
  await phone.loggedIn({ device: { model: 'iPhone', anything: 1 } })
  const [{ header, body }] = phone.server.log
  assert.match(header['idempotency-key'], /^[\x21-\x7e]{16,255}$/)
  assert.deepEqual(Object.keys(body).sort(), ['appid', 'code', 'device'])
})

test('40163 after a lost answer: the same code and key give the session that was made', async () => {
  const phone = new Phone()
  let lost = 0
  phone.fate = ({ path }) => (path === '/v1/login' && lost++ === 0 ? 'lose_answer' : undefined)
  const hufu = await phone.loggedIn()
  assert.equal(phone.counts.wxLogin, 1)
  assert.equal(phone.server.counts.newSessions, 1)
  assert.ok(phone.server.alive(hufu.session.sessionId))
})

for (const [moment, ms, fate] of [
  ['while the call is on the way', 20], ['while its answer is on the way', 45], ['after the call was lost', 100, 'lose_request'],
]) {
  test(`the app is killed during a login, ${moment}: the next start has the session, without wx.login`, async () => {
    const phone = new Phone()
    phone.fate = () => fate
    phone.start().login().catch(() => undefined)
    await phone.time.advance(ms)
    phone.kill()
    phone.fate = () => undefined
    await phone.time.advance(1000)
    const hufu = phone.start({ device: { model: 'updated meanwhile' } })
    await phone.until(hufu.ready())
    assert.ok(hufu.session, 'ready() has it')
    assert.equal(phone.counts.wxLogin, 1)
    assert.equal(phone.server.counts.newSessions, 1)
  })
}

test('a code left over for more than five minutes is not used', async () => {
  const phone = new Phone()
  phone.fate = () => 'lose_request'
  phone.start().login().catch(() => undefined)
  await phone.time.advance(20)
  phone.kill()
  phone.fate = () => undefined
  await phone.time.advance(301_000)
  await phone.until(phone.start().ready())
  assert.equal(phone.counts.wxLogin, 1, 'nobody has asked for a login since')
  await phone.loggedIn()
  assert.equal(phone.counts.wxLogin, 2)
  assert.equal(phone.server.counts.login, 1)
})

for (const code of ['invalid_code', 'code_already_used']) {
  test(`${code}: wx.login again, once`, async () => {
    const phone = new Phone()
    phone.server.refuse('/v1/login', { status: 400, code })
    await phone.loggedIn()
    assert.equal(phone.counts.wxLogin, 2)

    const other = new Phone()
    other.server.refuse('/v1/login', { status: 400, code }, { status: 400, code }, { status: 400, code })
    const error = await other.failure(other.start().login())
    assert.equal(error.code, code)
    assert.equal(other.counts.wxLogin, 2)
  })
}

test('a failed login rejects everybody who waits and leaves nothing: the next call logs in afresh', async () => {
  const phone = new Phone()
  phone.server.refuse('/v1/login', { status: 403, code: 'user_blocked' })
  const hufu = phone.start()
  const all = await phone.until(Promise.allSettled([hufu.login(), hufu.request({ url: '/a' }), hufu.me(), hufu.request({ url: '/b', method: 'POST' })]))
  assert.deepEqual(all.map((r) => r.reason?.code), Array(4).fill('user_blocked'))
  assert.equal(phone.server.counts.login, 0, 'refused before it was counted')
  await phone.time.advance(10)
  assert.equal(phone.disk.size, 0)
  const { data } = await phone.until(hufu.request({ url: '/c' }))
  assert.equal(data.path, '/c')
  assert.equal(phone.counts.wxLogin, 2)
})

for (const problem of [
  { status: 503, code: 'wechat_unavailable' }, { status: 500, code: 'internal' }, { status: 502, code: 'bad_gateway', raw: '<html>' },
  { status: 429, code: 'rate_limited', header: { 'Retry-After': '2' } },
]) {
  test(`${problem.status} ${problem.code}: again with the same code and key`, async () => {
    const phone = new Phone()
    phone.server.refuse('/v1/login', problem, problem)
    await phone.loggedIn()
    const calls = phone.server.log
    assert.equal(calls.length, 3)
    assert.equal(new Set(calls.map((c) => c.header['idempotency-key'] + c.body.code)).size, 1)
    assert.equal(phone.counts.wxLogin, 1)
  })
}

test('wechat_rejected is for the operator: not tried again', async () => {
  const phone = new Phone()
  phone.server.refuse('/v1/login', { status: 502, code: 'wechat_rejected', body: { wechat_errcode: 40125 } })
  const error = await phone.failure(phone.start().login())
  assert.deepEqual([error.code, error.status, error.wechatErrcode, phone.server.log.length], ['wechat_rejected', 502, 40125, 1])
})

test('a long retry_after is not slept through: the caller is told', async () => {
  const phone = new Phone()
  phone.server.refuse('/v1/login', { status: 429, code: 'wechat_quota', body: { retry_after: 3600 } })
  const from = phone.time.now
  const error = await phone.failure(phone.start().login())
  assert.deepEqual([error.code, error.retryAfter], ['wechat_quota', 3600])
  assert.ok(phone.time.now - from < 1000)
})

test('a wait of a login is as long as the server says', async () => {
  const phone = new Phone()
  phone.server.refuse('/v1/login', { status: 429, code: 'rate_limited', body: { retry_after: 4 } })
  const from = phone.time.now
  await phone.loggedIn()
  assert.ok(phone.time.now - from >= 4000)
})

test('offline: the login ends within seconds, and the next one uses the same code', async () => {
  const phone = new Phone()
  phone.fate = () => 'lose_request'
  const hufu = phone.start()
  const from = phone.time.now
  assert.equal((await phone.failure(hufu.login())).code, 'network')
  assert.ok(phone.time.now - from < 10_000)
  phone.fate = () => undefined
  await phone.until(hufu.login())
  assert.equal(phone.counts.wxLogin, 1)
})

test('wx.login fails: login_failed with the words of WeChat', async () => {
  const phone = new Phone()
  phone.wxLoginFate = () => ({ fail: 'system error', errno: 1000 })
  const error = await phone.failure(phone.start().login())
  assert.deepEqual([error.code, error.errMsg, error.errno, error.status], ['login_failed', 'login:fail system error', 1000, 0])
})

test('wx.login never calls back: the login ends all the same', async () => {
  const phone = new Phone()
  phone.wxLoginFate = () => ({ never: true })
  const error = await phone.failure(phone.start().login(), 60_000)
  assert.equal(error.code, 'login_failed')
})

test('an answer that is no answer of hufu does not log in', async () => {
  const phone = new Phone()
  phone.fate = () => ({ status: 200, body: '<html>welcome to the hotel' })
  const hufu = phone.start()
  assert.equal((await phone.failure(hufu.login())).code, 'invalid_response')
  assert.equal(hufu.session, null)
})

test('a login that the background broke off goes on when the app comes back', async () => {
  const phone = new Phone()
  phone.latency = 4000
  const login = phone.start().login()
  await phone.time.advance(1000)
  phone.background()
  await phone.time.advance(120_000)
  phone.latency = 20
  phone.foreground()
  await phone.until(login)
  assert.equal(phone.counts.wxLogin, 1)
  assert.equal(phone.server.counts.newSessions, 1)
})

test('a full or broken storage does not keep the user out', async () => {
  const phone = new Phone()
  phone.diskFull = true
  await phone.loggedIn()
  const storage = { get: () => new Promise(() => undefined), set: () => { throw new Error('no') }, remove: () => undefined }
  await phone.loggedIn({ storage })
})

test('the simulator is honoured in the development version alone', async () => {
  const simulator = { url: 'http://127.0.0.1:8081/', user: 'bob' }
  const phone = new Phone()
  const asked = []
  phone.fate = ({ url, method }) => {
    if (!url.includes('/sim/')) return undefined
    asked.push(`${method} ${url}`)
    return { status: 200, body: { code: phone.server.issueCode('usr_bob') } }
  }
  const hufu = await phone.loggedIn({ simulator })
  assert.deepEqual(asked, ['POST http://127.0.0.1:8081/sim/v1/wx/login'])
  assert.equal(hufu.session.user.id, 'usr_bob')
  assert.equal(phone.counts.wxLogin, 0)

  for (const envVersion of ['trial', 'release', undefined]) {
    const other = new Phone()
    other.envVersion = envVersion
    await other.loggedIn({ simulator })
    assert.equal(other.counts.wxLogin, 1, envVersion)
  }
})

test('another person of the simulator does not get the session of the one before', async () => {
  const phone = new Phone()
  phone.fate = ({ url }) => (url.includes('/sim/') ? { status: 200, body: { code: phone.server.issueCode(phone.user) } } : undefined)
  await phone.loggedIn({ simulator: { url: 'http://127.0.0.1:8081', user: 'alice' } })
  phone.user = 'usr_bob'
  const hufu = await phone.loggedIn({ simulator: { url: 'http://127.0.0.1:8081', user: 'bob' } })
  assert.equal(hufu.session.user.id, 'usr_bob')
})

test('two apps and two versions on one phone keep their sessions apart', async () => {
  const phone = new Phone()
  await phone.loggedIn()
  phone.envVersion = 'trial'
  await phone.loggedIn()
  phone.server.appid = 'wxdd00000000000002'
  await phone.loggedIn()
  assert.deepEqual([...phone.disk.keys()].sort(), [
    'hufu:wxdd00000000000001:develop', 'hufu:wxdd00000000000001:trial', 'hufu:wxdd00000000000002:trial',
  ])
  assert.equal(phone.counts.wxLogin, 3)
})

test('a session of another server is not shown to this one', async () => {
  const phone = new Phone()
  await phone.loggedIn()
  const hufu = phone.start({ baseURL: 'https://staging.example.com' })
  await phone.until(hufu.ready())
  assert.equal(hufu.session, null)
})

test('what WeChat gives for randomness is used, and a phone without it logs in as well', async () => {
  const phone = new Phone()
  const hufu = phone.start()
  phone.wx.getRandomValues = ({ length, success }) => success({ randomValues: new Uint8Array(length).fill(171).buffer })
  await phone.until(hufu.login())
  assert.equal(phone.server.log.at(-1).header['idempotency-key'], 'ab'.repeat(16))
  phone.wx.getRandomValues = () => undefined // never calls back
  await phone.until(hufu.login({ force: true }))
  assert.match(phone.server.log.at(-1).header['idempotency-key'], /^[\x21-\x7e]{16,}$/)
})

test('nothing of the tokens is written in an error or shown with the session', async () => {
  const phone = new Phone()
  const hufu = await phone.loggedIn()
  assert.equal(JSON.stringify(hufu.session).includes('rt.'), false)
  phone.server.revokeAll()
  phone.server.refuse('/v1/login', { status: 403, code: 'user_blocked' })
  const error = await phone.failure(hufu.request({ url: '/x' }))
  assert.doesNotMatch(JSON.stringify(error) + error.message + error.stack, /rt\.|at\.ses|code-\d/)
  await settle()
})
