// The commonest bugs of logins to mini programs, as far as the client can answer
// for them; the server's stand in e2e. Each scenario is played with hufu, which
// must not show the bug, and with the client of the tutorials, which must.
import assert from 'node:assert/strict'
import test from 'node:test'
import { baseURL, Phone } from './support/phone.mjs'
import { Naive } from './testdata/naive.mjs'

/** A bug that was seen. Any other error means that the scenario could not be played. */
class Symptom extends Error {}

const ours = (options) => (phone) => {
  const hufu = phone.start(options)
  return { login: () => hufu.login(), request: (url) => hufu.request({ url }), ...phone.startUserData() }
}
const naive = (options) => (phone) => {
  phone.start()
  return new Naive(phone.wx, options?.baseURL ?? baseURL)
}

/** `NN symptom`; what must stand in the naive client's. */
function bug(title, what, scenario) {
  test(`bug ${title}: not with hufu`, () => scenario(ours))
  test(`bug ${title}: with the client of the tutorials`, async () => {
    await assert.rejects(scenario(naive), (seen) => {
      assert.ok(seen instanceof Symptom, `the scenario can't be played: ${seen.stack}`)
      assert.match(seen.message, what)
      return true
    })
  })
}

const unless = (fine, text) => { if (!fine) throw new Symptom(text) }

/** The promise's value or error. */
const outcome = (phone, promise) => phone.until(promise.then((value) => ({ value }), (error) => ({ error })))

/** WeChat refuses each call on the phone itself, as it does with addresses; returns them. */
function refusing(phone, failure) {
  const calls = []
  phone.wx.request = (options) => {
    calls.push(options.url)
    options.fail(failure)
  }
  return calls
}

/** A person who is logged in. */
async function loggedIn(make) {
  const phone = new Phone()
  const client = make()(phone)
  await phone.until(client.login())
  return { phone, client, server: phone.server }
}

bug('01 decrypt fails the first time', /between the tap/, async (make) => {
  const { phone, client, server } = await loggedIn(make)
  const before = phone.counts.wxLogin
  const event = { detail: { errMsg: 'getPhoneNumber:ok', ...server.seal(phone.user, { phoneNumber: '13800000000' }) } }
  const { error } = await outcome(phone, client.getPhoneNumber(event))
  unless(phone.counts.wxLogin === before, 'wx.login was called between the tap and what the tap gave')
  assert.ifError(error)
})

bug('01 decrypt fails, and again and again', /the same data/, async (make) => {
  const { phone, client, server } = await loggedIn(make)
  server.keys.set(phone.user, 1000) // another of WeChat's own making
  const { value, error } = await outcome(phone, client.decrypt(() => server.seal(phone.user, { step: 7 })))
  const sent = server.log.filter((call) => call.path === '/v1/me/decrypt').map((call) => call.body.encrypted_data)
  unless(new Set(sent).size === sent.length, `the same data was sent ${sent.length} times: ${error?.message}`)
  assert.deepEqual([value, sent.length, phone.counts.wxLogin], [{ step: 7 }, 2, 2])
})

bug('02 logins at once rotate the key', /5 times/, async (make) => {
  const phone = new Phone()
  const client = make()(phone)
  await phone.until(Promise.all(Array.from({ length: 5 }, () => client.login())))
  unless(phone.counts.wxLogin === 1, `wx.login was called ${phone.counts.wxLogin} times for 5 pages`)
})

bug('06 the code is encoded twice', /is not the code/, async (make) => {
  const phone = new Phone()
  const client = make()(phone)
  const code = '0aB+c/d=&e%2B'
  phone.server.codes.set(code, { user: phone.user, at: phone.server.now(), spent: false })
  phone.wxLoginFate = () => ({ code })
  await outcome(phone, client.login())
  const sent = phone.server.log[0].body.code
  unless(sent === code, `${sent} is not the code`)
})

bug('07 40029 always', /is not this mini program/, async (make) => {
  const phone = new Phone()
  phone.server.appid = 'wxdd00000000000002'
  const client = make()(phone)
  const { error } = await outcome(phone, client.login())
  const sent = phone.server.log[0].body.appid
  unless(sent === phone.server.appid, `${sent} is not this mini program: ${error?.message}`)
  assert.ifError(error)
})

bug('07 40029, and again and again', /4 times/, async (make) => {
  const phone = new Phone()
  const client = make()(phone)
  phone.server.refuse('/v1/login', ...Array(10).fill({ status: 400, code: 'invalid_code' }))
  const { error } = await outcome(phone, client.login())
  const { log } = phone.server
  assert.ok(error)
  unless(log.length === 2 && log[0].body.code !== log[1].body.code, `a code that WeChat does not know was sent ${log.length} times`)
})

bug('08 40163', /is lost with its answer/, async (make) => {
  const phone = new Phone()
  const client = make()(phone)
  let calls = 0
  phone.fate = () => (calls++ === 0 ? 'lose_answer' : undefined)
  const { error } = await outcome(phone, client.login())
  unless(!error, `the login is lost with its answer: ${error?.message}`)
  assert.equal(phone.server.counts.newSessions, 1)
  // A code that is used already is of no use: another, once.
  const other = new Phone()
  const client2 = make()(other)
  other.server.refuse('/v1/login', ...Array(10).fill({ status: 409, code: 'code_already_used' }))
  await outcome(other, client2.login())
  unless(other.counts.wxLogin === 2 && other.server.log.length === 2, `${other.counts.wxLogin} codes, ${other.server.log.length} logins`)
})

/** What wx.getUserProfile gives everybody since 2022. */
const anonymous = { nickName: '微信用户', avatarUrl: 'https://thirdwx.qlogo.cn/mmopen/vi_32/POgEwh4mIHO4nibH0KlMECNjjGxQUq24ZEaGT4poC6icRiccVGKSyXwibcPq4BWmiaIGuG1icwxaQX6grC9VemZoJ8rg/132' }

bug('18 微信用户 and the grey head', /is 微信用户/, async (make) => {
  const { phone, client, server } = await loggedIn(make)
  server.profiles.set(phone.user, { nickname: '小王' })
  phone.wx.getUserProfile = ({ success }) => {
    const rawData = JSON.stringify(anonymous)
    success({ errMsg: 'getUserProfile:ok', rawData, signature: `signed ${rawData}`, ...server.seal(phone.user, anonymous) })
  }
  const { value, error } = await outcome(phone, client.getUserInfo({ desc: '用于完善资料' }))
  assert.ifError(error)
  const { nickname } = server.profiles.get(phone.user)
  unless(nickname === '小王', `the nickname is ${nickname}`)
  assert.equal(value.anonymous, true, 'and the page is told, so that it can ask for a name')
})

for (const path of ['wxfile://tmp_71b3f2.jpg', 'http://tmp/71b3f2.jpg']) {
  bug(`19 the avatar disappears: ${path}`, /not the picture/, async (make) => {
    const { phone, client, server } = await loggedIn(make)
    const { error } = await outcome(phone, client.uploadAvatar({ detail: { avatarUrl: path } }))
    const told = server.log.filter((call) => JSON.stringify(call.body ?? null).includes(path))
    unless(told.length === 0, 'the path on the phone was sent, and not the picture')
    assert.ifError(error)
    assert.deepEqual(server.log.filter((call) => call.file).map((call) => [call.path, call.file.path]), [['/v1/me/avatar', path]])
  })
}

for (const [code, detail] of [
  ['user_denied', { errMsg: 'getPhoneNumber:fail user deny', errno: 103 }],
  ['no_permission', { errMsg: 'getPhoneNumber:fail no permission', errno: 102 }],
  ['privacy_undeclared', { errMsg: 'getPhoneNumber:fail api scope is not declared in the privacy agreement', errno: 112 }],
  ['privacy_denied', { errMsg: 'getPhoneNumber:fail privacy permission is not authorized', errno: 104 }],
  ['quota_exhausted', { errMsg: 'getPhoneNumber:fail', errno: 1400001 }],
]) {
  bug(`20 the phone button does nothing: ${code}`, /nothing happened/, async (make) => {
    const { phone, client, server } = await loggedIn(make)
    const { error } = await outcome(phone, client.getPhoneNumber({ detail }))
    unless(error, `nothing happened, and WeChat said ${detail.errno}`)
    assert.deepEqual([error.code, error.errno], [code, detail.errno])
    assert.equal(server.log.filter((call) => call.path === '/v1/me/phone').length, 0)
    assert.ok((await phone.until(client.request('/cart'))), 'the user is logged in all the same')
  })
}

bug('21 url not in domain list', /nobody is told/, async (make) => {
  const phone = new Phone()
  const client = make()(phone)
  const calls = refusing(phone, { errMsg: 'request:fail url not in domain list', errno: 600002 })
  const { error } = await outcome(phone, client.request('/cart'))
  assert.ok(error)
  unless(error.code === 'domain_not_listed', `nobody is told why: ${error.message}`)
  unless(calls.length === 1, `it was tried ${calls.length} times`)
})

for (const address of ['login.example.com', '//login.example.com', 'https://', 'https://login.example.com/?a=1', 'https://login.example.com/#a', 'https://login example.com']) {
  bug(`21 an address that is none: ${address}`, /asked WeChat/, async (make) => {
    const phone = new Phone()
    const client = make({ baseURL: address })(phone)
    refusing(phone, { errMsg: 'request:fail invalid url' })
    const { error } = await outcome(phone, client.login())
    unless(phone.counts.wxLogin === 0, `it asked WeChat for a code, and only then: ${error?.message}`)
    assert.deepEqual([error.code, error.field], ['invalid_option', 'baseURL'])
  })
}

for (const address of ['http://login.example.com', 'https://10.0.0.7', 'https://10.0.0.7:8443/hufu', 'http://localhost:8080']) {
  bug(`21 an address that works until the release: ${address}`, /asked WeChat/, async (make) => {
    const phone = new Phone()
    phone.envVersion = 'release'
    const client = make({ baseURL: address })(phone)
    refusing(phone, { errMsg: 'request:fail url not in domain list', errno: 600002 })
    const { error } = await outcome(phone, client.login())
    unless(phone.counts.wxLogin === 0, `it asked WeChat for a code, and only then: ${error?.message}`)
    assert.deepEqual([error.code, error.field], ['invalid_option', 'baseURL'])
  })
}

test('an address for development is good in development, in a trial with its debugging on, and with other hosts', async () => {
  for (const envVersion of ['develop', 'trial', undefined]) {
    const phone = new Phone()
    phone.envVersion = envVersion
    const client = ours({ baseURL: 'http://127.0.0.1:8080' })(phone)
    const calls = refusing(phone, { errMsg: 'request:fail url not in domain list', errno: 600002 })
    const { error } = await outcome(phone, client.login())
    assert.deepEqual([error.code, calls.length], ['domain_not_listed', 1], envVersion)
  }
  const phone = new Phone()
  phone.envVersion = 'release'
  const client = ours({ baseURL: 'https://login.example.com:8443/hufu' })(phone)
  const calls = refusing(phone, { errMsg: 'request:fail', errno: 5 })
  await outcome(phone, client.login())
  assert.ok(calls[0].startsWith('https://login.example.com:8443/hufu/'), 'a host may be listed with a port')
})
