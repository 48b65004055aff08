import assert from 'node:assert/strict'
import test from 'node:test'
import { Phone } from './support/phone.mjs'

const alice = 'usr_alice'
const sentTo = (phone, path) => phone.server.log.filter((call) => call.path === path)
const grey = 'https://thirdwx.qlogo.cn/mmopen/vi_32/POgEwh4mIHO4nibH0KlMECNjjGxQUq24ZEaGT4poC6icRiccVGKSyXwibcPq4BWmiaIGuG1icwxaQX6grC9VemZoJ8rg/132'
const real = { nickName: '小 <王> & "Co"', gender: 0, avatarUrl: 'https://thirdwx.qlogo.cn/mmopen/vi_32/abc/132' }
const today = { nickName: '微信用户', gender: 0, language: '', city: '', province: '', country: '', avatarUrl: grey }

/** What wx.getUserProfile gives. */
function answer(phone, profile) {
  const rawData = JSON.stringify(profile)
  return { errMsg: 'getUserProfile:ok', rawData, signature: `signed ${rawData}`, userInfo: profile, ...phone.server.seal(alice, profile) }
}

for (const from of ['wxfile://tmp_a.jpg', 'http://tmp/a.jpeg', 'http://127.0.0.1:31415/__tmp__/a.jpg', '/assets/avatar.png']) {
  test(`"the avatar disappears": ${from} is uploaded at once, as the field file`, async () => {
    const phone = new Phone()
    const userData = await phone.withUserData()
    const user = await phone.until(userData.uploadAvatar({ detail: { avatarUrl: from } }))
    assert.deepEqual(sentTo(phone, '/v1/me/avatar')[0].file, { path: from, name: 'file' })
    assert.equal(phone.hufu.session.user.avatar_url, user.avatar_url)
    assert.equal((await phone.until(userData.uploadAvatar(from))).avatar_url, user.avatar_url)
  })
}

for (const from of [grey, 'http://wx.qlogo.cn/mmopen/vi_32/x/0', 'https://tmp.example.com/a.png', 'http://tmp.example.com/a.png']) {
  test(`"the avatar disappears": ${from} is an address that ends, and is refused in words`, async () => {
    const phone = new Phone()
    const userData = await phone.withUserData()
    const error = await phone.failure(userData.uploadAvatar({ detail: { avatarUrl: from } }))
    assert.deepEqual([error.code, error.field], ['invalid_option', 'avatarUrl'])
    assert.match(error.detail, /chooseAvatar/)
    assert.equal(sentTo(phone, '/v1/me/avatar').length, 0)
  })
}

test('the user refuses the privacy policy at chooseAvatar', async () => {
  const phone = new Phone()
  const userData = await phone.withUserData()
  const error = await phone.failure(userData.uploadAvatar({ detail: { errMsg: 'chooseAvatar:fail privacy permission is not authorized' } }))
  assert.equal(error.code, 'privacy_denied')
})

for (const [name, from] of [
  ['a text', '小王'], ['the event of an input', { detail: { value: '小王' } }], ['of a form', { detail: { value: { nickname: '小王', city: 'x' } } }],
  ['of a form whose one field is called otherwise', { detail: { value: { name: '小王' } } }],
]) {
  test(`the nickname by ${name}`, async () => {
    const phone = new Phone()
    const userData = await phone.withUserData()
    assert.equal((await phone.until(userData.setNickname(from))).nickname, '小王')
    assert.deepEqual(sentTo(phone, '/v1/me')[0].body, { nickname: '小王' })
    assert.equal(phone.hufu.session.user.nickname, '小王')
  })
}

test('"the nickname is empty": what WeChat\'s content check has cleared is told apart, and not sent', async () => {
  const phone = new Phone()
  const userData = await phone.withUserData()
  for (const from of ['', ' \u3000', { detail: { value: '' } }, { detail: { value: { nickname: '' } } }]) {
    assert.equal((await phone.failure(userData.setNickname(from))).code, 'nickname_empty')
  }
  assert.equal(sentTo(phone, '/v1/me').length, 0)
})

test('"getUserProfile:fail can only be invoked by user TAP gesture": WeChat is asked before anything is waited for', async () => {
  const phone = new Phone()
  const asked = []
  const userData = await phone.withUserData({ wx: {
    canIUse: (name) => name === 'getUserProfile' || name === 'getUserInfo',
    getUserProfile: ({ desc, success }) => { asked.push(desc); phone.time.setTimeout(() => success(answer(phone, real)), 3000) },
    getUserInfo: () => assert.fail('the older way'),
  } })
  const given = userData.getUserInfo({ desc: '用于完善资料' })
  assert.deepEqual(asked, ['用于完善资料'])
  assert.deepEqual((({ anonymous, user }) => [anonymous, user.nickname])(await phone.until(given)), [false, real.nickName])
  assert.equal(phone.hufu.session.user.nickname, real.nickName)
  assert.equal(sentTo(phone, '/v1/me/userinfo')[0].body.raw_data, JSON.stringify(real), 'character for character')
})

test('the user says no to wx.getUserProfile', async () => {
  const phone = new Phone()
  const userData = await phone.withUserData({ wx: { getUserProfile: ({ fail }) => fail({ errMsg: 'getUserProfile:fail auth deny' }) } })
  assert.equal((await phone.failure(userData.getUserInfo({ desc: 'x' }))).code, 'user_denied')
  assert.equal(sentTo(phone, '/v1/me/userinfo').length, 0)
})

for (const [name, profile] of [
  ['as since 2022', today], ['without an avatar', { ...today, avatarUrl: '' }], ['with the grey head in another size', { ...today, avatarUrl: grey.replace('/132', '/0') }],
  ['marked as withdrawn', { ...real, is_demote: true }],
]) {
  test(`"everybody is called 微信用户": ${name}, it is told as anonymous, and not sent`, async () => {
    const phone = new Phone()
    const userData = await phone.withUserData({ wx: { getUserProfile: ({ success }) => success(answer(phone, profile)) } })
    phone.server.profiles.set(alice, { nickname: 'Alice' })
    await phone.until(phone.hufu.me())
    const got = await phone.until(userData.getUserInfo({ desc: 'x' }))
    assert.deepEqual([got.anonymous, got.user.nickname], [true, 'Alice'])
    assert.equal((await phone.until(userData.getUserInfo({ detail: answer(phone, profile) }))).anonymous, true)
    const unsealed = { errMsg: 'getUserInfo:ok', userInfo: profile, rawData: JSON.stringify(profile) }
    assert.equal((await phone.until(userData.getUserInfo({ detail: unsealed }))).anonymous, true, 'sealed or not')
    assert.equal(sentTo(phone, '/v1/me/userinfo').length, 0)
  })
}

test('somebody who is really called 微信用户 has an avatar of their own, and is sent', async () => {
  const phone = new Phone()
  const userData = await phone.withUserData()
  const got = await phone.until(userData.getUserInfo(answer(phone, { ...today, avatarUrl: real.avatarUrl })))
  assert.deepEqual([got.anonymous, got.user.nickname], [false, '微信用户'])
})

test('the button of older clients: its event is sent, its refusal told', async () => {
  const phone = new Phone()
  const userData = await phone.withUserData()
  assert.equal((await phone.until(userData.getUserInfo({ detail: { ...answer(phone, real), errMsg: 'getUserInfo:ok' } }))).user.nickname, real.nickName)
  for (const errMsg of ['getUserInfo:fail auth deny', 'getUserInfo:fail:auth denied', 'getUserInfo:fail scope unauthorized']) {
    assert.equal((await phone.failure(userData.getUserInfo({ detail: { errMsg } }))).code, 'user_denied', errMsg)
  }
})

test('a client without wx.getUserProfile: wx.getUserInfo, which can be asked again without a tap', async () => {
  const phone = new Phone()
  const sent = () => sentTo(phone, '/v1/me/userinfo').map((call) => call.body.encrypted_data)
  const userData = await phone.withUserData({ wx: {
    canIUse: (name) => name === 'getUserInfo',
    getUserProfile: () => assert.fail('it can not'),
    getUserInfo: ({ withCredentials, success }) => { assert.equal(withCredentials, true); success(answer(phone, real)) },
  } })
  phone.server.issueCode(alice)
  const { user } = await phone.until(userData.getUserInfo({ desc: 'x' }))
  assert.equal(user.nickname, real.nickName)
  assert.equal(sent().length, 2)
  assert.equal(new Set(sent()).size, 2, 'never the same data')
})

test('wx.getUserProfile wants a tap: data out of date is not asked for again, but the next tap works', async () => {
  const phone = new Phone()
  let asked = 0
  const userData = await phone.withUserData({ wx: { getUserProfile: ({ success }) => { asked++; success(answer(phone, real)) } } })
  phone.server.issueCode(alice)
  assert.equal((await phone.failure(userData.getUserInfo({ desc: 'x' }))).code, 'session_key_stale')
  assert.deepEqual([asked, phone.counts.wxLogin], [1, 2])
  assert.equal((await phone.until(userData.getUserInfo({ desc: 'x' }))).anonymous, false)
})

test('a client that gives no profile in any way: the fields are all there is', async () => {
  const phone = new Phone()
  const userData = await phone.withUserData()
  assert.equal((await phone.until(userData.getUserInfo({ desc: 'x' }))).anonymous, true)
})

test('a desc that WeChat would refuse is refused here, by name', async () => {
  const phone = new Phone()
  const userData = await phone.withUserData()
  for (const desc of ['', 'x'.repeat(31), undefined]) assert.equal((await phone.failure(userData.getUserInfo({ desc }))).field, 'desc')
})
