import assert from 'node:assert/strict'
import test from 'node:test'
import { Phone } from './support/phone.mjs'

const alice = 'usr_alice'

test('erased in this app: the phone holds nothing of the user, and nobody logs in again for it', async () => {
  const phone = new Phone()
  const userData = await phone.withUserData()
  const told = []
  phone.hufu.on('logout', () => told.push('logout'))
  await phone.until(userData.erase())
  assert.deepEqual(phone.server.erased, [[alice, 'here']])
  assert.deepEqual([phone.hufu.session, phone.counts.wxLogin, told], [null, 1, ['logout']])
  await phone.time.advance(100)
  assert.equal(phone.disk.size, 0)
})

test('"login_too_old" to an erasure everywhere: one login, and done', async () => {
  const phone = new Phone()
  const userData = await phone.withUserData()
  await phone.time.advance(11 * 60_000)
  await phone.until(userData.erase({ everywhere: true }))
  assert.deepEqual(phone.server.erased, [[alice, 'everywhere']])
  assert.deepEqual([phone.hufu.session, phone.counts.wxLogin], [null, 2])
})

test('an erasure that the server refuses leaves everything as it is, and is tried once', async () => {
  const phone = new Phone()
  const userData = await phone.withUserData()
  phone.server.refuse('/v1/me', ...Array(2).fill({ status: 409, code: 'login_too_old' }))
  assert.equal((await phone.failure(userData.erase({ everywhere: true }))).code, 'login_too_old')
  assert.equal(phone.counts.wxLogin, 2)
  phone.server.refuse('/v1/me', { status: 500, code: 'internal' })
  assert.equal((await phone.failure(userData.erase())).code, 'internal')
  assert.ok(phone.hufu.session)
  assert.deepEqual(phone.server.erased, [])
})

test('what is erased at the server is only forgotten here: nothing more is sent', async () => {
  const phone = new Phone()
  const userData = await phone.withUserData()
  const before = phone.server.log.length
  await phone.until(userData.erase())
  await phone.time.advance(100)
  assert.deepEqual(phone.server.log.slice(before).map(({ method, path }) => `${method} ${path}`), ['DELETE /v1/me'])
})

test('a client that can not forget by itself logs out, and whether it may be told is no matter', async () => {
  const phone = new Phone()
  const userData = await phone.withUserData()
  phone.hufu._forget = undefined
  phone.fate = ({ path }) => (path === '/v1/session' ? 'lose_request' : undefined)
  await phone.until(userData.erase())
  assert.equal(phone.server.erased.length, 1)
})
