import assert from 'node:assert/strict'
import { test } from 'node:test'
import { called, failed } from './fixtures/wx.mjs'
import { withConsent } from './fixtures/consent.mjs'

const sealed = { encryptedData: 'c2VhbGVk', iv: 'aXY=' }
const profile = { userInfo: { nickName: '微信用户', gender: 0 }, rawData: '{"nickName":"微信用户","gender":0}', signature: 'sig', ...sealed }
const noTap = 'can only be invoked by user TAP gesture.'

test('getUserProfile: in a tap, with its purpose, and asked each time', () =>
  withConsent({ granted: {} }, async ({ wx, plain, inTap, dialog, press, escape, wechat }) => {
    for (let n = 1; n <= 2; n++) {
      const answer = inTap(() => wx.getUserProfile({ desc: 'for your card' }))
      assert.match((await dialog('Get your nickname and avatar')).textContent, /Purpose: for your card.*Alice/)
      await press('Allow')
      assert.deepEqual(plain(await answer), { ...profile, errMsg: 'getUserProfile:ok' })
    }
    assert.deepEqual(wechat.asked, [['userProfile', 'getUserProfile'], ['userProfile', 'getUserProfile']])
    const refused = failed(inTap(() => wx.getUserProfile({ desc: 'x' })))
    await dialog()
    await escape()
    assert.deepEqual(await refused, { errMsg: 'getUserProfile:fail auth deny' })
    assert.deepEqual(wechat.refusals, [['getUserProfile', 'auth deny']])
  }))

test('getUserProfile: what WeChat refuses at once', () =>
  withConsent({}, async ({ wx, inTap, none, window }) => {
    assert.deepEqual(await failed(wx.getUserProfile({ desc: 'x' })), { errMsg: `getUserProfile:fail ${noTap}` })
    const late = inTap(() => wx.login().then(() => new Promise((resolve) => window.setTimeout(resolve, 5))).then(() => failed(wx.getUserProfile({ desc: 'x' }))))
    assert.deepEqual(await late, { errMsg: `getUserProfile:fail ${noTap}` }, 'a call that waited for another is no longer in the tap')
    assert.match((await failed(inTap(() => wx.getUserProfile()))).errMsg, /parameter\.desc should be String/)
    assert.deepEqual(await failed(inTap(() => wx.getUserProfile({ desc: 'x'.repeat(31) }))), { errMsg: 'getUserProfile:fail desc length does not meet the requirements' })
    assert.ok(none())
  }))

for (const profileRules of ['2021', 'today']) {
  test(`getUserInfo under the rules of ${profileRules}: at once, by API and button; withCredentials`, () =>
    withConsent({ profileRules, granted: {} }, async ({ wx, plain, tap, event, none }) => {
      assert.deepEqual(plain(await wx.getUserInfo()), { ...profile, errMsg: 'getUserInfo:ok' })
      assert.deepEqual(plain(await wx.getUserInfo({ withCredentials: false })), { userInfo: profile.userInfo, rawData: profile.rawData, errMsg: 'getUserInfo:ok' })
      tap('info')
      assert.deepEqual(await event(1), ['getuserinfo', { ...profile, errMsg: 'getUserInfo:ok' }])
      assert.ok(none())
    }))
}

test('getUserInfo under the rules of 2020: its button asks once, and opens the API', () =>
  withConsent({ profileRules: '2020', granted: {} }, async ({ wx, plain, tap, dialog, press, event, heard, wechat }) => {
    assert.deepEqual(await failed(wx.getUserInfo()), { errMsg: 'getUserInfo:fail scope unauthorized' })
    tap('info')
    await dialog('Get your nickname, avatar, region and gender')
    await press('Deny')
    assert.deepEqual(await event(1), ['getuserinfo', { errMsg: 'getUserInfo:fail auth deny' }])
    assert.deepEqual(await failed(wx.getUserInfo()), { errMsg: 'getUserInfo:fail auth deny' })
    tap('info')
    await press('Allow')
    assert.equal((await event(2))[1].signature, 'sig')
    assert.deepEqual(plain((await wx.getSetting()).authSetting), { 'scope.userInfo': true })
    assert.equal((await wx.getUserInfo()).errMsg, 'getUserInfo:ok')
    tap('info')
    await event(3)
    assert.equal(heard().length, 3)
    assert.equal(wechat.asked.length, 3)
  }))

test('steps: asked once and remembered', () =>
  withConsent({}, async ({ wx, plain, dialog, press, none, wechat }) => {
    assert.deepEqual(plain((await wx.getSetting()).authSetting), {})
    const first = wx.getWeRunData()
    await dialog('Get your WeRun steps')
    await press('Allow')
    assert.deepEqual(plain(await first), { ...sealed, errMsg: 'getWeRunData:ok' })
    assert.deepEqual(plain((await wx.getSetting()).authSetting), { 'scope.werun': true })
    assert.equal((await wx.getWeRunData()).errMsg, 'getWeRunData:ok')
    assert.equal((await wx.authorize({ scope: 'scope.werun' })).errMsg, 'authorize:ok')
    assert.ok(none())
    assert.equal(wechat.asked.length, 2)
  }))

test('a refusal of steps stands until the settings say otherwise', () =>
  withConsent({}, async ({ wx, plain, dialog, press, inTap, none, wechat, tap, event }) => {
    const first = failed(wx.authorize({ scope: 'scope.werun' }))
    await press('Deny')
    assert.deepEqual(await first, { errMsg: 'authorize:fail auth deny', errno: 103 })
    assert.deepEqual(await failed(wx.getWeRunData()), { errMsg: 'getWeRunData:fail auth deny', errno: 103 })
    assert.deepEqual(wechat.refusals, [['authorize', 'auth deny'], ['getWeRunData', 'auth deny']])
    assert.ok(none())
    assert.deepEqual(await failed(wx.openSetting()), { errMsg: `openSetting:fail ${noTap}` })
    const setting = inTap(() => wx.openSetting())
    const toggle = (await dialog('Settings')).querySelector('[role="switch"]')
    assert.deepEqual([toggle.getAttribute('aria-label'), toggle.getAttribute('aria-checked')], ['WeRun steps', 'false'])
    toggle.click()
    await press('OK')
    assert.deepEqual(plain(await setting), { authSetting: { 'scope.werun': true }, errMsg: 'openSetting:ok' })
    assert.equal((await wx.getWeRunData()).errMsg, 'getWeRunData:ok')
    tap('setting')
    ;(await dialog('Settings')).querySelector('[role="switch"]').click()
    await press('OK')
    assert.deepEqual(await event(1), ['opensetting', { authSetting: { 'scope.werun': false }, errMsg: 'openSetting:ok' }])
  }))

test('steps without consent to the guide: one dialog for both, and errno 103', () =>
  withConsent({ granted: {}, clock: true }, async ({ wx, dialog, press, wechat, time }) => {
    const refused = failed(wx.getWeRunData())
    assert.match((await dialog('Get your WeRun steps')).textContent, /Privacy guide of Fixture/)
    await press('Deny')
    assert.deepEqual(await refused, { errMsg: 'getWeRunData:fail privacy permission is not authorized', errno: 103 })
    assert.equal(wechat.granted.size, 0)
    time.advance(10_000)
    const allowed = wx.getWeRunData()
    await press('Allow')
    assert.equal((await allowed).errMsg, 'getWeRunData:ok')
    assert.deepEqual([...wechat.granted], [['privacy', 'agreed'], ['scope.werun', 'true']])
  }))

test('steps want a login first, and share-info its ticket', () =>
  withConsent({ weRun: () => Promise.reject({ reason: 'no login' }), granted: { privacy: 'agreed', 'scope.werun': 'true' } }, async ({ wx, plain }) => {
    assert.deepEqual(await failed(wx.getWeRunData()), { errMsg: 'getWeRunData:fail no login' })
    assert.match((await failed(wx.getShareInfo())).errMsg, /shareTicket/)
    assert.deepEqual((await called(wx.getShareInfo, { shareTicket: 't' })).told[0], ['success', { ...sealed, errMsg: 'getShareInfo:ok' }])
    assert.deepEqual(await failed(wx.authorize({ scope: 'scope.bluetooth' })), { errMsg: 'authorize:fail invalid scope' })
    assert.equal(plain(await wx.getSetting()).errMsg, 'getSetting:ok')
  }))

test('what there is can be asked for', () =>
  withConsent({}, async ({ wx }) => {
    for (const name of ['getUserProfile', 'getUserInfo', 'getWeRunData', 'getPrivacySetting', 'onNeedPrivacyAuthorization', 'requirePrivacyAuthorize', 'openPrivacyContract',
      'openSetting', 'authorize', 'getShareInfo', 'button.open-type.getPhoneNumber', 'button.open-type.getRealtimePhoneNumber', 'button.open-type.chooseAvatar',
      'button.open-type.getUserInfo', 'button.open-type.agreePrivacyAuthorization', 'input.type.nickname', 'button.size']) assert.equal(wx.canIUse(name), true, name)
    for (const name of ['getGroupEnterInfo', 'button.open-type.contact', 'input.type.name']) assert.equal(wx.canIUse(name), false, name)
  }))

test('WeChat\'s own pictures are drawn by the phone, and nobody outside is asked for them', () =>
  withConsent({}, async ({ instance, byId, until }) => {
    const src = () => byId('picture').querySelector('img').getAttribute('src')
    instance.setData({ picture: 'https://thirdwx.qlogo.cn/mmopen/vi_32/POgEwh4mIHO4nibH0KlMECNjjGxQUq24ZEaGT4poC6icRiccVGKSyXwibcPq4BWmiaIGuG1icwxaQX6grC9VemZoJ8rg/132' })
    const grey = await until(() => src()?.startsWith('data:image/svg+xml,') && src())
    instance.setData({ picture: 'https://wx.qlogo.cn/mmopen/vi_32/own/132' })
    await until(() => src().startsWith('data:image/svg+xml,') && src() !== grey)
    instance.setData({ picture: 'https://example.com/qlogo.cn/a.png' })
    await until(() => src() === 'https://example.com/qlogo.cn/a.png')
  }))
