import assert from 'node:assert/strict'
import test from 'node:test'
import { later, Phone } from './support/phone.mjs'

const hundred = (hufu) => Array.from({ length: 100 }, (_, i) => hufu.request({ url: `/items/${i}`, method: i % 2 ? 'POST' : 'GET', header: { 'x-mark': `m${i}` } }))
const eachDoneOnce = (phone) => {
  assert.equal(phone.server.effects.size, 100)
  assert.deepEqual([...new Set(phone.server.effects.values())], [1])
}

test('a hundred calls with an expired token: one refresh, no wx.login', async () => {
  const phone = new Phone()
  const hufu = await phone.loggedIn()
  phone.server.expireTokens()
  await phone.until(Promise.all(hundred(hufu)))
  assert.deepEqual([phone.server.counts.refresh, phone.server.counts.login, phone.counts.wxLogin], [1, 1, 1])
  eachDoneOnce(phone)
  assert.equal(phone.counts.maxInFlight, 10)
})

test('a hundred calls on a session that is over: one refresh refused, one wx.login, one login', async () => {
  const phone = new Phone()
  const hufu = await phone.loggedIn()
  const expired = []
  hufu.on('expired', (error) => expired.push(error.code))
  phone.server.revokeAll()
  await phone.until(Promise.all(hundred(hufu)))
  assert.deepEqual([phone.server.counts.refresh, phone.server.counts.login, phone.counts.wxLogin], [1, 2, 2])
  assert.deepEqual(expired, ['session_revoked'])
  eachDoneOnce(phone)
})

test('the server session is dead though wx.checkSession says ok', async () => {
  const phone = new Phone()
  const hufu = await phone.loggedIn()
  phone.server.revokeAll()
  const { data } = await phone.until(hufu.request({ url: '/cart' }))
  assert.equal(data.path, '/cart')
  assert.equal(phone.counts.checkSession, 0, 'it is never asked')
})

test('a late 401 of the old token is replayed with the new one: no login, no refresh', async () => {
  const phone = new Phone()
  const hufu = await phone.loggedIn()
  phone.server.expireTokens()
  phone.fate = ({ path }) => (path === '/slow' ? { latency: 3000 } : undefined)
  const late = hufu.request({ url: '/slow' })
  await phone.until(hufu.request({ url: '/quick' }))
  assert.equal(phone.server.counts.refresh, 1)
  await phone.until(late)
  assert.deepEqual([phone.server.counts.refresh, phone.counts.wxLogin], [1, 1])
})

test('a second 401 rejects: nobody goes round in circles', async () => {
  const phone = new Phone()
  const hufu = await phone.loggedIn()
  const refusal = { status: 401, code: 'invalid_token' }
  phone.server.refuse('/stubborn', refusal, refusal, refusal)
  const error = await phone.failure(hufu.request({ url: '/stubborn' }))
  assert.deepEqual([error.code, error.status], ['invalid_token', 401])
  assert.match(error.requestId, /^req-/)
  assert.equal(phone.server.log.filter((c) => c.path === '/stubborn').length, 2)
  assert.ok(hufu.session, 'the session stays')
})

test('a POST that was refused by 401 had no effect, and is done once', async () => {
  const phone = new Phone()
  const hufu = await phone.loggedIn()
  phone.server.expireTokens()
  await phone.until(hufu.request({ url: '/orders', method: 'POST', header: { 'x-mark': 'order' } }))
  assert.equal(phone.server.effects.get('order'), 1)
})

for (const fate of ['lose_request', 'lose_answer', { status: 500 }, { status: 503, body: { code: 'internal' } }, { status: 502, body: '<html>' }]) {
  test(`a bad network does not log out: ${JSON.stringify(fate)} to everything`, async () => {
    const phone = new Phone()
    const hufu = await phone.loggedIn()
    const { sessionId } = hufu.session
    phone.server.expireTokens()
    phone.fate = () => fate
    for (const call of later([hufu.request({ url: '/a' }), hufu.me(), hufu.checkSession(), hufu.logout()])) await phone.failure(call)
    await phone.time.advance(20 * 60_000)
    await phone.failure(hufu.login(), 200_000)
    assert.equal(hufu.session.sessionId, sessionId)
    phone.fate = () => undefined
    await phone.until(hufu.request({ url: '/a' }))
    assert.equal(hufu.session.sessionId, sessionId)
    assert.equal(phone.counts.wxLogin, 1)
  })
}

test('a refresh whose answer was lost is repeated with its key, not taken for a theft', async () => {
  const phone = new Phone()
  const hufu = await phone.loggedIn()
  phone.server.expireTokens()
  phone.fate = ({ path }) => (path === '/v1/refresh' ? 'lose_answer' : undefined)
  await phone.failure(hufu.request({ url: '/a' }))
  phone.fate = () => undefined
  await phone.time.advance(10 * 60_000) // longer than the server forgives a call without a key
  await phone.until(hufu.request({ url: '/a' }))
  assert.deepEqual([phone.server.counts.rotations, phone.server.counts.reused, phone.counts.wxLogin], [1, 0, 1])
})

test('the app is killed while a refresh is under way: the next start goes on with the same key', async () => {
  const phone = new Phone()
  let hufu = await phone.loggedIn()
  phone.server.expireTokens()
  phone.fate = ({ path }) => (path === '/v1/refresh' ? 'lose_answer' : undefined)
  hufu.request({ url: '/a' }).catch(() => undefined)
  await phone.time.advance(70)
  assert.equal(phone.server.counts.rotations, 1)
  phone.kill()
  phone.fate = () => undefined
  await phone.time.advance(60 * 60_000)
  hufu = phone.start()
  await phone.until(hufu.ready())
  await phone.until(hufu.request({ url: '/a' }))
  assert.deepEqual([phone.server.counts.rotations, phone.server.counts.reused, phone.counts.wxLogin], [1, 0, 1])
})

for (const code of ['session_revoked', 'token_reused', 'invalid_token', 'token_expired']) {
  test(`${code} to a refresh: a silent login`, async () => {
    const phone = new Phone()
    const hufu = await phone.loggedIn()
    phone.server.expireTokens()
    phone.server.refuse('/v1/refresh', { status: 401, code })
    await phone.until(hufu.request({ url: '/a' }))
    assert.equal(phone.counts.wxLogin, 2)
  })
}

test('a token near its end is replaced beside the calls, which do not wait', async () => {
  const phone = new Phone()
  const hufu = await phone.loggedIn()
  await phone.time.advance(14 * 60_000 + 10_000)
  phone.fate = ({ path }) => (path === '/v1/refresh' ? { latency: 2000 } : undefined)
  const from = phone.time.now
  await phone.until(hufu.request({ url: '/a' }))
  assert.ok(phone.time.now - from < 1000)
  await phone.time.advance(5000)
  assert.equal(phone.server.counts.refresh, 1)
  await phone.until(hufu.request({ url: '/b' }))
  assert.deepEqual(phone.server.log.filter((c) => c.status === 401), [])
})

test('a token past its end is replaced before the call is sent', async () => {
  const phone = new Phone()
  const hufu = await phone.loggedIn()
  await phone.time.advance(16 * 60_000)
  await phone.until(Promise.all(hundred(hufu)))
  assert.equal(phone.server.counts.refresh, 1)
  assert.deepEqual(phone.server.log.filter((c) => c.status === 401), [])
})

for (const hours of [-72, -1, 1, 24 * 400]) {
  test(`a phone whose clock is ${hours} h off works like any other`, async () => {
    const phone = new Phone()
    phone.clock = hours * 3_600_000
    const hufu = await phone.loggedIn()
    await phone.until(hufu.request({ url: '/a' }))
    await phone.time.advance(20 * 60_000)
    await phone.until(hufu.request({ url: '/a' }))
    assert.deepEqual([phone.server.counts.refresh, phone.counts.wxLogin], [1, 1])
  })

  test(`a clock that jumps by ${hours} h does not log out`, async () => {
    const phone = new Phone()
    const hufu = await phone.loggedIn()
    const { sessionId } = hufu.session
    phone.clock = hours * 3_600_000
    await phone.until(hufu.request({ url: '/a' }))
    await phone.time.advance(20 * 60_000)
    await phone.until(hufu.request({ url: '/a' }))
    assert.equal(hufu.session.sessionId, sessionId)
    assert.equal(phone.counts.wxLogin, 1)
    assert.ok(phone.server.counts.refresh <= 2)
  })
}

test('calls made during a login wait for it; those without auth pass', async () => {
  const phone = new Phone()
  phone.wxLoginFate = () => ({ latency: 3000 })
  const hufu = phone.start()
  const done = []
  const first = hufu.request({ url: '/private' }).then(() => done.push('private'))
  const open = hufu.request({ url: '/open/news', auth: false }).then(() => done.push('open'))
  await phone.until(open)
  assert.deepEqual(done, ['open'])
  assert.equal(phone.server.log[0].header.authorization, undefined)
  await phone.until(first)
  assert.equal(phone.counts.wxLogin, 1)
})

test('a login passes the calls that wait for a place', async () => {
  const phone = new Phone()
  phone.latency = 1000
  const hufu = phone.start()
  const open = Array.from({ length: 40 }, (_, i) => hufu.request({ url: `/open/${i}`, auth: false }))
  await phone.time.advance(1)
  await phone.until(hufu.login())
  assert.ok(phone.server.log.findIndex((c) => c.path === '/v1/login') <= 20, 'it had the first place that was free')
  await phone.until(Promise.all(open))
})

test('a waiter that is called off leaves, and the login goes on for the others', async () => {
  const phone = new Phone()
  phone.wxLoginFate = () => ({ latency: 3000 })
  const hufu = phone.start()
  const off = hufu.request({ url: '/off', method: 'POST', header: { 'x-mark': 'off' } })
  const on = hufu.request({ url: '/on' })
  await phone.time.advance(100)
  off.abort()
  assert.equal((await phone.failure(off, 0)).code, 'aborted')
  await phone.until(on)
  assert.equal(phone.server.effects.has('off'), false)
})

test('what was stored is checked: rubbish is no session', async () => {
  for (const rubbish of ['"text"', '{}', '{"version":1,"holder":"https://login.example.com","session":{"accessToken":1}}', '[]', 'null']) {
    const phone = new Phone()
    phone.disk.set('hufu:wxdd00000000000001:develop', rubbish)
    const hufu = await phone.loggedIn()
    assert.equal(phone.counts.wxLogin, 1)
    assert.ok(hufu.session)
  }
})

/** A second client on the same storage, as an independent subpackage has. */
async function twoClients() {
  const phone = new Phone()
  const one = await phone.loggedIn({ maxInFlight: 5 }) // ten for both together
  const other = phone.module.createHufu({ baseURL: 'https://login.example.com', wx: phone.wx, maxInFlight: 5, now: () => phone.time.now })
  await phone.until(other.ready())
  return { phone, one, other }
}
const refreshTokenOnDisk = (phone) => JSON.parse([...phone.disk.values()][0]).session.refreshToken

test('the code of an independent subpackage shares the tokens and is not taken for a thief', async () => {
  for (const calls of [1, 30]) {
    const { phone, one, other } = await twoClients()
    phone.random = () => 0.5
    for (let round = 1; round <= 30; round++) {
      phone.server.expireTokens()
      // Sometimes one begins a little later: before, while and after the other's refresh is on the wire.
      const first = later(Array.from({ length: calls }, (_, i) => one.request({ url: `/a/${i}` })))
      await phone.time.advance((round * 7) % 90)
      const second = later(Array.from({ length: calls }, (_, i) => other.request({ url: `/b/${i}` })))
      await phone.until(Promise.all([...first, ...second]))
      await phone.time.advance(15_000)
      assert.deepEqual([phone.server.counts.reused, phone.server.counts.rotations, phone.counts.wxLogin], [0, round, 1], `round ${round}`)
    }
    assert.equal(one.session.sessionId, other.session.sessionId)
    assert.match(refreshTokenOnDisk(phone), /\.31$/)
    const keys = new Map()
    for (const { header, body } of phone.server.log.filter((c) => c.path === '/v1/refresh')) {
      const sent = keys.get(body.refresh_token) ?? new Set()
      keys.set(body.refresh_token, sent.add(header['idempotency-key']))
      assert.ok(!header['idempotency-key'].includes(body.refresh_token))
    }
    assert.ok([...keys.values()].every((sent) => sent.size === 1), 'one key for one token')
    assert.ok(phone.server.counts.refresh > 30, 'they did meet on the wire')
  }
})

test('a session stored without a seed is refreshed by two clients with one key', async () => {
  const phone = new Phone()
  await phone.loggedIn()
  await phone.time.advance(100)
  phone.kill()
  const [[key, text]] = phone.disk
  const stored = JSON.parse(text)
  delete stored.session.seed
  phone.disk.set(key, JSON.stringify(stored))
  const one = phone.start()
  const other = phone.module.createHufu({ baseURL: 'https://login.example.com', wx: phone.wx, now: () => phone.time.now })
  await phone.until(Promise.all([one.ready(), other.ready()]))
  phone.server.expireTokens()
  await phone.until(Promise.all([one.request({ url: '/a' }), other.request({ url: '/b' })]))
  assert.deepEqual([phone.server.counts.refresh, phone.server.counts.rotations, phone.server.counts.reused, phone.counts.wxLogin], [2, 1, 0, 1])
})

test('two clients that log in at once, or of which one logs out: the other goes on', async () => {
  const phone = new Phone()
  const one = phone.start()
  const other = phone.module.createHufu({ baseURL: 'https://login.example.com', wx: phone.wx, now: () => phone.time.now })
  await phone.until(Promise.all([one.login(), other.login()]))
  phone.server.expireTokens()
  await phone.until(Promise.all([one.request({ url: '/a' }), other.request({ url: '/b' })]))
  assert.deepEqual([phone.server.counts.reused, phone.counts.wxLogin], [0, 2])
  const kept = other.session.sessionId
  await phone.until(one.logout())
  await phone.until(other.request({ url: '/c' }))
  assert.ok(phone.server.alive(kept))
  assert.equal(other.session.sessionId, kept)
})

test('an outage at the refresh alone: a token that is still good is used', async () => {
  const phone = new Phone()
  const hufu = await phone.loggedIn()
  phone.fate = ({ path }) => (path === '/v1/refresh' ? 'lose_request' : undefined)
  await phone.time.advance(14.5 * 60_000)
  const errors = []
  hufu.on('error', (error) => errors.push(error.code))
  await phone.until(hufu.request({ url: '/a' }))
  await phone.time.advance(10_000)
  assert.deepEqual(errors, ['network'])
  assert.ok(hufu.session)
})

test('a backend that always answers 401 causes one refresh, not one for each call', async () => {
  const phone = new Phone()
  const hufu = await phone.loggedIn()
  phone.server.refuse('/shut', ...Array(100).fill({ status: 401, code: 'invalid_token' }))
  for (let i = 0; i < 20; i++) assert.equal((await phone.failure(hufu.request({ url: '/shut' }))).status, 401)
  assert.deepEqual([phone.server.counts.refresh, phone.counts.wxLogin], [1, 1])
  await phone.until(hufu.request({ url: '/open-to-us' }))
  await phone.time.advance(11_000)
  await phone.failure(hufu.request({ url: '/shut' }))
  assert.equal(phone.server.counts.refresh, 2)
})

test('a session revoked right after its login: one silent login', async () => {
  const phone = new Phone()
  const hufu = await phone.loggedIn()
  phone.server.revokeAll()
  await phone.until(hufu.request({ url: '/a' }))
  assert.equal(phone.counts.wxLogin, 2)
})
