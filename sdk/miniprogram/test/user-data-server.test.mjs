// The second entry and the real server, with what the real simulator seals.
import assert from 'node:assert/strict'
import test, { after, before } from 'node:test'
import { createHufu } from '@hufu/miniprogram'
import { createUserData } from '@hufu/miniprogram/user-data'
import { ask, canBuild, devPhone, startDev } from './support/dev.mjs'

const skip = canBuild() ? false : 'there is no Go here'
const appid = 'wxdd00000000000001'

let dev
before(async () => { if (!skip) dev = await startDev() })
after(async () => { await dev?.stop() })

/** An app of a person of its own; `wx` gives what the simulator gives. */
async function newApp(more = {}) {
  const name = `person-${Math.random().toString(36).slice(2)}`
  await ask(`${dev.simulator}/sim/v1/users`, { name, nickname: '小王', avatar_url: 'https://thirdwx.qlogo.cn/mmopen/vi_32/abc/132', phone_number: '13812345678' })
  const phone = devPhone({ simulator: dev.simulator, appid, user: name })
  const from = (what, fields) => ask(`${dev.simulator}/sim/v1/wx/${what}`, { appid, user: name, ...fields })
  const profile = (api) => ({ success, fail }) => from('user-profile', { api }).then(success, (error) => fail({ errMsg: `${api}:fail ${error.message}` }))
  const wx = { ...phone.wx, getUserProfile: profile('getUserProfile'), getUserInfo: profile('getUserInfo') }
  const hufu = createHufu({ baseURL: dev.server, wx })
  const userData = createUserData(hufu, { wx, ...more })
  phone.user = name
  return { phone, hufu, userData, from, weRun: () => from('werun') }
}

/** A whole PNG of one red dot. */
const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==', 'base64')

test('the phone number by its code: masked, and the same again; a code of nobody is refused', { skip }, async () => {
  const { phone, hufu, userData, from } = await newApp()
  await hufu.login()
  const detail = { errMsg: 'getPhoneNumber:ok', ...(await from('phone-number')) }
  assert.equal((await userData.getPhoneNumber({ detail })).phone_number, '138****5678')
  assert.equal((await userData.getPhoneNumber({ detail })).phone_number, '138****5678')
  assert.equal(hufu.session.user.phone_number, '138****5678')
  assert.equal(phone.count('wx.login'), 1)
  await assert.rejects(userData.getPhoneNumber({ detail: { code: 'f'.repeat(64) } }), { code: 'phone_code_invalid' })
})

test('nickname and avatar', { skip }, async () => {
  const { phone, hufu, userData } = await newApp()
  phone.files.set('wxfile://tmp_avatar', png)
  assert.equal((await userData.setNickname({ detail: { value: { nickname: ' 小  王 ' } } })).nickname, '小 王')
  const first = await userData.uploadAvatar({ detail: { avatarUrl: 'wxfile://tmp_avatar' } })
  assert.match(first.avatar_url, /^http/)
  assert.notEqual((await userData.uploadAvatar('wxfile://tmp_avatar')).avatar_url, first.avatar_url, 'a new address for each')
  assert.equal(hufu.session.user.nickname, '小 王')
  assert.deepEqual(await hufu.me(), hufu.session.user)
  await assert.rejects(userData.setNickname('x'.repeat(40)), { code: 'invalid_request', field: 'nickname' })
  await assert.rejects(userData.uploadAvatar('/no-picture'), { code: 'invalid_request' })
})

test('a profile under the rules of each time: real where WeChat gave it, anonymous and unsent today', { skip }, async () => {
  const { phone, hufu, userData, from } = await newApp()
  await hufu.login()
  const under = (rules) => ask(`${dev.simulator}/sim/v1/profile-rules`, { rules }, 'PUT')
  try {
    for (const [rules, anonymous] of [['today', true], ['2021', false], ['2020', false]]) {
      await under(rules)
      const got = await userData.getUserInfo({ desc: 'to fill in your profile' })
      assert.deepEqual([got.anonymous, got.user.nickname], [anonymous, anonymous ? null : '小王'], rules)
    }
    const detail = { errMsg: 'getUserInfo:ok', ...(await from('user-profile', { api: 'getUserInfo' })) }
    assert.equal((await userData.getUserInfo({ detail })).user.avatar_url, 'https://thirdwx.qlogo.cn/mmopen/vi_32/abc/132')
    assert.equal(phone.count('/v1/me/userinfo'), 3)
  } finally {
    await under('today')
  }
})

test('steps; and after WeChat has changed the key: one login, asked again, no data sent twice', { skip }, async () => {
  const { phone, hufu, userData, from, weRun } = await newApp()
  await hufu.login()
  assert.equal((await userData.decrypt(await weRun())).stepInfoList.length, 31)
  await from('session-key', { action: 'rotate' })
  const { stepInfoList, watermark } = await userData.decrypt(await weRun(), weRun)
  assert.deepEqual([stepInfoList.length, watermark.appid], [31, appid])
  assert.deepEqual([phone.count('wx.login'), phone.count('/v1/me/decrypt')], [2, 3])

  await from('session-key', { action: 'rotate' })
  await assert.rejects(userData.decrypt(await weRun()), { code: 'session_key_stale', status: 422 })
  assert.equal((await userData.decrypt(await weRun())).stepInfoList.length, 31, 'the next try works')
})

test('a consent is taken at login', { skip }, async () => {
  const { phone, hufu, userData } = await newApp()
  await userData.recordConsent({ policyVersion: '2026-11' })
  assert.deepEqual([phone.count('/v1/login'), hufu.session.isNewUser], [1, true])
  await assert.rejects(userData.recordConsent({ policyVersion: 'x'.repeat(5000) }), { code: 'invalid_request' })
  assert.ok(await hufu.login({ force: true }))
})

test('erased here: a login makes somebody new; erased everywhere: in the second app too', { skip }, async () => {
  const { hufu, userData, phone } = await newApp()
  const { user: before } = await hufu.login()
  await userData.erase()
  assert.equal(hufu.session, null)
  const { user, isNewUser } = await hufu.login()
  assert.deepEqual([user.id === before.id, isNewUser], [false, true])

  const second = devPhone({ simulator: dev.simulator, appid: 'wxdd00000000000002', user: phone.user })
  const other = createHufu({ baseURL: dev.server, wx: second.wx })
  assert.equal((await other.login()).user.id, user.id, 'the same person in both apps')
  await userData.erase({ everywhere: true })
  assert.equal((await other.checkSession()).active, false)
})
