import assert from 'node:assert/strict'
import test from 'node:test'
import { Phone } from './support/phone.mjs'

const alice = 'usr_alice'
const sentTo = (phone, path) => phone.server.log.filter((call) => call.path === path)

test('"it fails the first time and works the second": no wx.login comes between the tap and the call', async () => {
  const phone = new Phone()
  const userData = await phone.withUserData()
  const user = await phone.until(userData.getPhoneNumber({ detail: { errMsg: 'getPhoneNumber:ok', ...phone.server.seal(alice) } }))
  assert.equal(user.phone_number, '138****0000')
  assert.equal(phone.counts.wxLogin, 1)
  assert.deepEqual(Object.keys(sentTo(phone, '/v1/me/phone')[0].body), ['encrypted_data', 'iv'])
})

test('a client of today gives a code beside the data: the code alone is sent, also of the real-time button', async () => {
  const phone = new Phone()
  const userData = await phone.withUserData()
  const [code, other] = [phone.server.phoneCode(alice), phone.server.phoneCode(alice)]
  await phone.until(userData.getPhoneNumber({ detail: { errMsg: 'getPhoneNumber:ok', code, ...phone.server.seal(alice) } }))
  await phone.until(userData.getPhoneNumber({ detail: { errMsg: 'getRealtimePhoneNumber:ok', code: other } }))
  assert.deepEqual(sentTo(phone, '/v1/me/phone').map((call) => call.body), [{ code }, { code: other }])
})

test('a code needs no session_key: whoever is not logged in yet gives the number all the same', async () => {
  const phone = new Phone()
  phone.start()
  const userData = phone.startUserData()
  const user = await phone.until(userData.getPhoneNumber({ detail: { code: phone.server.phoneCode(alice) } }))
  assert.equal(user.phone_number, '138****0000')
})

test('data that is out of date: logged in for the next tap, and never sent a second time', async () => {
  const phone = new Phone()
  const userData = await phone.withUserData()
  phone.server.issueCode(alice) // somebody calls wx.login beside the client
  const stale = phone.server.seal(alice)
  const error = await phone.failure(userData.getPhoneNumber({ detail: { errMsg: 'getPhoneNumber:ok', ...stale } }))
  assert.equal(error.code, 'session_key_stale')
  assert.deepEqual([phone.counts.wxLogin, sentTo(phone, '/v1/me/phone').length], [2, 1])
  await phone.until(userData.getPhoneNumber({ detail: { errMsg: 'getPhoneNumber:ok', ...phone.server.seal(alice) } }))
})

test('the page shows no number after it was given: the session has the new user, after a restart too', async () => {
  const phone = new Phone()
  const userData = await phone.withUserData()
  await phone.until(userData.getPhoneNumber({ detail: { code: phone.server.phoneCode(alice) } }))
  assert.equal(phone.hufu.session.user.phone_number, '138****0000')
  await phone.time.advance(100)
  phone.kill()
  const hufu = phone.start()
  await phone.until(hufu.ready())
  assert.equal(hufu.session.user.phone_number, '138****0000')
})

test('a person who was merged meanwhile has another id: the session shows them as they are', async () => {
  const phone = new Phone()
  const userData = await phone.withUserData()
  phone.server.profiles.set(alice, { id: 'usr_older' })
  await phone.until(userData.getPhoneNumber({ detail: { code: phone.server.phoneCode(alice) } }))
  assert.deepEqual([phone.hufu.session.user.id, phone.hufu.session.user.phone_number], ['usr_older', '138****0000'])
})

test('the background broke the call off: the same code goes again', async () => {
  const phone = new Phone()
  const userData = await phone.withUserData()
  let cut = 0
  phone.fate = ({ path }) => (path === '/v1/me/phone' && cut++ === 0 ? 'never' : undefined)
  const given = userData.getPhoneNumber({ detail: { code: phone.server.phoneCode(alice) } })
  await phone.time.advance(1)
  phone.background()
  await phone.time.advance(6000)
  phone.foreground()
  assert.equal((await phone.until(given)).phone_number, '138****0000')
  assert.equal(cut, 2)
})

for (const lost of ['lose_request', 'lose_answer', 'never']) {
  test(`a code is paid for: ${lost} once, and the same code is sent again, once`, async () => {
    const phone = new Phone()
    const userData = await phone.withUserData()
    let calls = 0
    phone.fate = ({ path }) => (path === '/v1/me/phone' && calls++ === 0 ? lost : undefined)
    const code = phone.server.phoneCode(alice)
    assert.equal((await phone.until(userData.getPhoneNumber({ detail: { code } }))).phone_number, '138****0000')
    assert.equal(calls, 2)
    phone.fate = ({ path }) => { if (path === '/v1/me/phone') calls++; return lost }
    assert.match((await phone.failure(userData.getPhoneNumber({ detail: { code } }))).code, /^(network|timeout)$/)
    assert.equal(calls, 4, 'nobody goes round in circles')
  })
}

for (const [errMsg, errno, code] of [
  ['getPhoneNumber:fail user deny', undefined, 'user_denied'],
  ['getPhoneNumber:fail:user deny', 103, 'user_denied'],
  ['getPhoneNumber:fail user cancel', 104, 'user_denied'],
  ['getPhoneNumber:fail privacy permission is not authorized', 104, 'privacy_denied'],
  ['getPhoneNumber:fail', 104, 'privacy_denied'],
  ['getRealtimePhoneNumber:fail', 101102, 'privacy_denied'],
  ['getPhoneNumber:fail no permission', undefined, 'no_permission'],
  ['getPhoneNumber:fail', 102, 'no_permission'],
  ['getPhoneNumber:fail api scope is not declared in the privacy agreement', 112, 'privacy_undeclared'],
  ['getPhoneNumber:fail api scope is not declared in the privacy agreement', undefined, 'privacy_undeclared'],
  ['getPhoneNumber:fail appid privacy api banned', 1025, 'privacy_undeclared'],
  ['getPhoneNumber:fail', 1400001, 'quota_exhausted'],
  ['getPhoneNumber:fail jsapi has no such thing', undefined, 'wechat_failed'],
  ['getPhoneNumber:fail net::ERR_INTERNET_DISCONNECTED', undefined, 'network'],
  ['getPhoneNumber:fail 网络异常', undefined, 'network'],
  ['getPhoneNumber:fail', 108, 'network'],
  ['getPhoneNumber:fail', 600001, 'network'],
  ['getPhoneNumber:fail', 5, 'timeout'],
  ['getPhoneNumber:fail time out', undefined, 'timeout'],
  ['getPhoneNumber:fail', 1000, 'wechat_failed'],
]) {
  test(`"the phone button does nothing": ${errMsg}, errno ${errno} is ${code}, and nothing is sent`, async () => {
    const phone = new Phone()
    const userData = await phone.withUserData()
    const before = phone.counts.calls
    const error = await phone.failure(userData.getPhoneNumber({ detail: { errMsg, errno } }))
    assert.deepEqual([error.code, error.errMsg, error.errno, error.status], [code, errMsg, errno, 0])
    assert.ok(error instanceof phone.module.HufuError)
    assert.deepEqual([phone.counts.calls, phone.counts.wxLogin], [before, 1])
  })
}

test('what the server says of a code comes through', async () => {
  const phone = new Phone()
  const userData = await phone.withUserData()
  const error = await phone.failure(userData.getPhoneNumber({ detail: { code: phone.server.phoneCode('usr_bob') } }))
  assert.deepEqual([error.code, error.status], ['phone_code_invalid', 422])
  assert.equal(phone.hufu.session.user.phone_number, null)
})
