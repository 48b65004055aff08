import assert from 'node:assert/strict'
import test from 'node:test'
import { later, Phone } from './support/phone.mjs'

const alice = 'usr_alice'
const steps = { stepInfoList: [{ timestamp: 1, step: 100 }] }
const sent = (phone) => phone.server.log.filter((call) => call.path === '/v1/me/decrypt').map((call) => call.body.encrypted_data)

test('steps: opened by the server, in one call', async () => {
  const phone = new Phone()
  const userData = await phone.withUserData()
  assert.deepEqual(await phone.until(userData.decrypt({ errMsg: 'getWeRunData:ok', ...phone.server.seal(alice, steps) })), steps)
  assert.deepEqual([sent(phone).length, phone.counts.wxLogin], [1, 1])
})

test('"decryption fails now and then": out of date, it logs in and asks WeChat again, once', async () => {
  const phone = new Phone()
  const userData = await phone.withUserData()
  phone.server.issueCode(alice)
  let asked = 0
  const again = () => { asked++; return Promise.resolve(phone.server.seal(alice, steps)) }
  assert.deepEqual(await phone.until(userData.decrypt(phone.server.seal(alice, steps), again)), steps)
  assert.deepEqual([asked, phone.counts.wxLogin, new Set(sent(phone)).size], [1, 2, 2])
})

test('damaged data is recovered from in the same way', async () => {
  const phone = new Phone()
  const userData = await phone.withUserData()
  const damaged = { ...phone.server.seal(alice, steps), iv: 'x' }
  assert.deepEqual(await phone.until(userData.decrypt(damaged, () => phone.server.seal(alice, steps))), steps)
})

test('without a way to ask again it rejects, and the next try works', async () => {
  const phone = new Phone()
  const userData = await phone.withUserData()
  phone.server.issueCode(alice)
  const error = await phone.failure(userData.decrypt(phone.server.seal(alice, steps)))
  assert.deepEqual([error.code, error.status, phone.counts.wxLogin], ['session_key_stale', 422, 2])
  assert.deepEqual(await phone.until(userData.decrypt(phone.server.seal(alice, steps))), steps)
})

test('the same data is never sent a second time, whatever is given as other data', async () => {
  const phone = new Phone()
  const userData = await phone.withUserData()
  phone.server.issueCode(alice)
  const stale = phone.server.seal(alice, steps)
  assert.equal((await phone.failure(userData.decrypt(stale, () => ({ ...stale })))).code, 'session_key_stale')
  assert.equal(sent(phone).length, 1)
})

test('a second failure rejects: nobody goes round in circles', async () => {
  const phone = new Phone()
  const userData = await phone.withUserData()
  phone.server.refuse('/v1/me/decrypt', ...Array(5).fill({ status: 422, code: 'session_key_stale' }))
  assert.equal((await phone.failure(userData.decrypt(phone.server.seal(alice, steps), () => phone.server.seal(alice, steps)))).code, 'session_key_stale')
  assert.deepEqual([sent(phone).length, phone.counts.wxLogin], [2, 2])
})

test('other refusals are no matter of the key: no login, no second call', async () => {
  const phone = new Phone()
  const userData = await phone.withUserData()
  for (const [status, code] of [[422, 'watermark_mismatch'], [429, 'rate_limited'], [400, 'invalid_request']]) {
    phone.server.refuse('/v1/me/decrypt', { status, code })
    assert.equal((await phone.failure(userData.decrypt(phone.server.seal(alice, steps), () => assert.fail('asked again')))).code, code)
  }
  assert.equal(phone.counts.wxLogin, 1)
})

test('ten at once, all out of date: one login', async () => {
  const phone = new Phone()
  const userData = await phone.withUserData()
  phone.server.issueCode(alice)
  const all = later(Array.from({ length: 10 }, () => userData.decrypt(phone.server.seal(alice, steps), () => phone.server.seal(alice, steps))))
  assert.equal((await phone.until(Promise.all(all))).length, 10)
  assert.equal(phone.counts.wxLogin, 2)
})

test('what gets the data is enough: asked, and asked again', async () => {
  const phone = new Phone()
  const userData = await phone.withUserData()
  phone.server.issueCode(alice)
  let asked = 0
  assert.deepEqual(await phone.until(userData.decrypt(async () => { asked++; return phone.server.seal(alice, steps) })), steps)
  assert.deepEqual([asked, phone.counts.wxLogin], [2, 2])
  assert.equal((await phone.failure(userData.decrypt(() => Promise.reject({ errMsg: 'getWeRunData:fail auth deny' })))).code, 'user_denied')
  assert.equal((await phone.failure(userData.decrypt(() => { throw new TypeError('x is not a function') }))).code, 'wechat_failed')
})

/** A phone whose login state at WeChat is over until wx.login; `ask` is wx.getWeRunData. */
async function dayAfter(over = true) {
  const phone = new Phone()
  const userData = await phone.withUserData()
  const world = { phone, userData, asked: 0, checked: 0 }
  const logins = phone.counts.wxLogin
  const alive = () => !over || phone.counts.wxLogin > logins
  phone.wx.checkSession = ({ success, fail }) => { world.checked++; alive() ? success({}) : fail({ errMsg: 'checkSession:fail session time out, need relogin' }) }
  world.ask = async () => {
    world.asked++
    if (alive() && over) return phone.server.seal(alice, steps)
    throw { errMsg: 'getWeRunData:fail there is no login state, call wx.login first' }
  }
  return world
}

test('"works in the evening, fails the next day": where the login state of WeChat is over, it logs in and asks again, once', async () => {
  const world = await dayAfter()
  assert.deepEqual(await world.phone.until(world.userData.decrypt(world.ask)), steps)
  assert.deepEqual([world.asked, world.checked, world.phone.counts.wxLogin, sent(world.phone).length], [2, 1, 2, 1])
})

test('given as it is, a failure for want of a login state makes the next try work', async () => {
  const { phone, userData, ask } = await dayAfter()
  const failed = await ask().catch((thrown) => thrown)
  assert.equal((await phone.failure(userData.decrypt(failed))).code, 'wechat_failed')
  assert.equal(phone.counts.wxLogin, 2)
  assert.deepEqual(await phone.until(userData.decrypt(await ask())), steps)
})

test('whatever else WeChat fails with is no matter of a login', async () => {
  const { phone, userData, ask } = await dayAfter(false)
  assert.equal((await phone.failure(userData.decrypt(ask))).code, 'wechat_failed')
  const world = await dayAfter()
  const refuse = () => Promise.reject({ errMsg: 'getWeRunData:fail auth deny' })
  assert.equal((await world.phone.failure(world.userData.decrypt(refuse))).code, 'user_denied')
  assert.deepEqual([phone.counts.wxLogin, world.phone.counts.wxLogin, world.checked], [1, 1, 0])
})

test('the data that a tap gave is missing for want of a login state: the next tap has it', async () => {
  for (const call of [
    (userData) => userData.getPhoneNumber({ detail: { errMsg: 'getPhoneNumber:fail no login state' } }),
    (userData) => userData.getUserInfo({ detail: { errMsg: 'getUserInfo:fail no login state' } }),
    (userData) => userData.getUserInfo({ desc: 'x' }),
  ]) {
    const { phone, userData } = await dayAfter()
    phone.wx.getUserProfile = ({ fail }) => fail({ errMsg: 'getUserProfile:fail no login state' })
    assert.equal((await phone.failure(call(userData))).code, 'wechat_failed')
    assert.equal(phone.counts.wxLogin, 2)
  }
})

test('the user has not allowed the steps: the words of WeChat become a code', async () => {
  const phone = new Phone()
  const userData = await phone.withUserData()
  assert.equal((await phone.failure(userData.decrypt({ errMsg: 'getWeRunData:fail auth deny' }))).code, 'user_denied')
  phone.server.issueCode(alice)
  const refused = () => Promise.reject({ errMsg: 'getWeRunData:fail privacy permission is not authorized', errno: 104 })
  assert.equal((await phone.failure(userData.decrypt(phone.server.seal(alice, steps), refused))).code, 'privacy_denied')
})

test('the login in between fails: that is what is told', async () => {
  const phone = new Phone()
  const userData = await phone.withUserData()
  phone.server.issueCode(alice)
  phone.server.refuse('/v1/login', { status: 403, code: 'user_blocked' })
  assert.equal((await phone.failure(userData.decrypt(phone.server.seal(alice, steps), () => assert.fail('asked again')))).code, 'user_blocked')
})

test('an answer that is none of hufu is told as that', async () => {
  const phone = new Phone()
  const userData = await phone.withUserData()
  phone.fate = ({ path }) => (path.startsWith('/v1/me') ? { status: 200, body: '<html>' } : undefined)
  assert.equal((await phone.failure(userData.decrypt(phone.server.seal(alice, steps)))).code, 'invalid_response')
  assert.equal((await phone.failure(userData.setNickname('a'))).code, 'invalid_response')
  assert.equal(phone.hufu.session.user.id, alice)
})

test('nothing is thrown at the caller, whatever is wrong', async () => {
  const phone = new Phone()
  const userData = await phone.withUserData()
  const calls = phone.counts.calls
  const nonsense = [undefined, null, 0, '', {}, [], { detail: null }, { detail: 7 }, { detail: { value: { a: '1', b: '2' } } }, { detail: { value: 7 } }]
  for (const name of ['getPhoneNumber', 'uploadAvatar', 'setNickname', 'getUserInfo', 'decrypt', 'recordConsent']) {
    for (const given of nonsense) {
      const error = await phone.failure(userData[name](given))
      assert.ok(['invalid_option', 'nickname_empty', 'wechat_failed'].includes(error.code), `${name}(${JSON.stringify(given)}): ${error.code}`)
    }
  }
  assert.deepEqual([phone.counts.calls, phone.counts.wxLogin], [calls, 1])
})

test('a client that is misconfigured, or none at all: every call rejects', async () => {
  const phone = new Phone()
  phone.start({ baseURL: 'nonsense' })
  const userData = phone.startUserData()
  for (const call of [() => userData.setNickname('a'), () => userData.recordConsent({ policyVersion: '1' }), () => userData.decrypt({ encryptedData: 'a', iv: 'b' })]) {
    assert.equal((await phone.failure(call())).code, 'invalid_option')
  }
  phone.hufu = undefined
  assert.equal((await phone.failure(phone.startUserData().setNickname('a'))).code, 'invalid_option')
})
