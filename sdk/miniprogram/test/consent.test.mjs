import assert from 'node:assert/strict'
import test from 'node:test'
import { later, Phone } from './support/phone.mjs'

const logins = (phone) => phone.server.log.filter((call) => call.path === '/v1/login')
const agreedAt = '2026-11-21T08:00:00.000Z'

test('nothing is told of a consent that nobody recorded', async () => {
  const phone = new Phone()
  phone.server.takesConsent = false
  await phone.withUserData({ consent: () => null })
  assert.deepEqual(Object.keys(logins(phone)[0].body), ['appid', 'code'])
})

test('agreed, then logged in: one login, which tells the server', async () => {
  const phone = new Phone()
  phone.start()
  const userData = phone.startUserData()
  const session = await phone.until(userData.recordConsent({ policyVersion: '2026-11', agreedAt }))
  assert.equal(session.user.id, 'usr_alice')
  assert.deepEqual(phone.server.consents, [{ user: 'usr_alice', policy_version: '2026-11', agreed_at: agreedAt }])
  await phone.until(phone.hufu.login({ force: true }))
  assert.deepEqual([logins(phone).length, phone.server.consents.length], [2, 1], 'told once')
})

test('agreed while logged in, or while a login is under way: the server hears of it all the same', async () => {
  const phone = new Phone()
  phone.start()
  const userData = phone.startUserData()
  later([phone.hufu.login()])
  await phone.time.advance(15)
  await phone.until(userData.recordConsent({ policyVersion: '1', agreedAt: new Date(agreedAt) }))
  assert.deepEqual(phone.server.consents.map((consent) => consent.agreed_at), [agreedAt])
  await phone.until(userData.recordConsent({ policyVersion: '2', agreedAt: Date.parse(agreedAt) }))
  assert.deepEqual(phone.server.consents.map((consent) => consent.policy_version), ['1', '2'])
})

test('the answer is lost and the app killed: the next start completes the login with the same consent', async () => {
  const phone = new Phone()
  phone.fate = () => 'lose_answer'
  phone.start()
  later([phone.startUserData().recordConsent({ policyVersion: '1', agreedAt })])
  await phone.time.advance(60)
  phone.kill()
  phone.fate = () => undefined
  const hufu = phone.start()
  await phone.until(hufu.ready())
  assert.ok(hufu.session)
  assert.deepEqual([phone.counts.wxLogin, phone.server.consents.length, phone.server.counts.newSessions], [1, 1, 1])
})

test('a server that does not know of consents refuses this one, and no login after it', async () => {
  const phone = new Phone()
  phone.server.takesConsent = false
  phone.start()
  const userData = phone.startUserData()
  const error = await phone.failure(userData.recordConsent({ policyVersion: '1' }))
  assert.deepEqual([error.code, error.field], ['invalid_request', 'consent'])
  assert.equal((await phone.until(phone.hufu.login())).user.id, 'usr_alice')
})

test('a bad network loses no consent: the next login tells it', async () => {
  const phone = new Phone()
  phone.start()
  const userData = phone.startUserData()
  phone.fate = () => 'lose_request'
  await phone.failure(userData.recordConsent({ policyVersion: '1', agreedAt }))
  phone.fate = () => undefined
  await phone.time.advance(600_000)
  await phone.until(phone.hufu.request({ url: '/cart' }))
  assert.equal(phone.server.consents.length, 1)
})

test('an app that keeps the consent itself: it goes with each login', async () => {
  const phone = new Phone()
  await phone.withUserData({ consent: () => ({ policyVersion: '3', agreedAt }) })
  await phone.until(phone.hufu.login({ force: true }))
  assert.deepEqual(phone.server.consents.map((consent) => consent.policy_version), ['3', '3'])
})

test('a consent of the app that the server refuses: told by one login, and the next lets the user in', async () => {
  const phone = new Phone()
  phone.server.takesConsent = false
  phone.start()
  phone.startUserData({ consent: () => ({ policyVersion: '3', agreedAt }) })
  assert.equal((await phone.failure(phone.hufu.login())).field, 'consent')
  assert.equal((await phone.until(phone.hufu.login())).user.id, 'usr_alice')
})

test('a consent of the app that says nothing here, such as a date that iOS does not read: the same', async () => {
  for (const [given, field] of [[{ policyVersion: '3', agreedAt: '2026年11月21日' }, 'agreedAt'], [{ agreedAt }, 'policyVersion']]) {
    const phone = new Phone()
    phone.start()
    phone.startUserData({ consent: () => given })
    const error = await phone.failure(phone.hufu.login())
    assert.deepEqual([error.code, error.field], ['invalid_option', field])
    assert.equal((await phone.until(phone.hufu.login())).user.id, 'usr_alice')
    assert.deepEqual(phone.server.consents, [])
  }
})

test('a consent that says nothing is refused before any login', async () => {
  const phone = new Phone()
  phone.start()
  const userData = phone.startUserData()
  for (const [given, field] of [[{}, 'policyVersion'], [{ policyVersion: '1', agreedAt: 'yesterday' }, 'agreedAt']]) {
    assert.equal((await phone.failure(userData.recordConsent(given))).field, field)
  }
  assert.equal(phone.counts.wxLogin, 0)
})
