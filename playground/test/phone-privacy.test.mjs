import assert from 'node:assert/strict'
import { test } from 'node:test'
import { failed } from './fixtures/wx.mjs'
import { withConsent } from './fixtures/consent.mjs'

const refusal = (api, errno = 104) => ({ errMsg: `${api}:fail privacy permission is not authorized`, errno })
const guide = 'Handle your information'

test('without consent WeChat asks first, once for all private APIs; a logged-in person is not asked to log in', () =>
  withConsent({ granted: {} }, async ({ wx, plain, tap, dialog, press, event, wechat }) => {
    assert.equal((await wx.login()).code, 'code-1', 'wx.login is no private API')
    assert.deepEqual(plain(await wx.getPrivacySetting()), { needAuthorization: true, privacyContractName: 'Privacy guide of Fixture', errMsg: 'getPrivacySetting:ok' })
    tap('phone')
    const asked = await dialog(guide)
    const link = asked.querySelector('.phone-link')
    assert.equal(asked.querySelector('.phone-contract').hidden, true)
    link.click()
    assert.deepEqual([asked.querySelector('.phone-contract').hidden, link.getAttribute('aria-expanded')], [false, 'true'])
    await press('Agree')
    await dialog('Get and verify your phone number')
    await press('Allow')
    assert.equal((await event(1))[1].code, 'phone-code')
    assert.equal(wechat.granted.has('privacy'), true)
    assert.equal((await wx.getPrivacySetting()).needAuthorization, false)
    tap('phone')
    await dialog('Get and verify your phone number')
  }))

test('a refusal: errno 104, no consent, and no second dialog for 10 seconds', () =>
  withConsent({ granted: {}, clock: true }, async ({ wx, tap, dialog, press, event, wechat, none, time }) => {
    tap('phone')
    await dialog(guide)
    await press('Deny')
    assert.deepEqual(await event(1), ['getphonenumber', refusal('getPhoneNumber')])
    assert.equal(wechat.granted.has('privacy'), false)
    time.advance(9999)
    assert.deepEqual(await failed(wx.requirePrivacyAuthorize()), refusal('requirePrivacyAuthorize'))
    assert.ok(none())
    time.advance(1)
    const again = wx.requirePrivacyAuthorize()
    await press('Agree')
    assert.equal((await again).errMsg, 'requirePrivacyAuthorize:ok')
    assert.deepEqual(wechat.refusals.map(([api]) => api), ['getPhoneNumber', 'requirePrivacyAuthorize'])
  }))

test('a program that asks by itself: the last one counts, and the call stays pending until it resolves', () =>
  withConsent({ granted: {} }, async ({ wx, tap, press, event, heard, none, until, wechat }) => {
    const asked = []
    wx.onNeedPrivacyAuthorization(() => asked.push('the first'))
    wx.onNeedPrivacyAuthorization((resolve, { referrer }) => asked.push({ resolve, referrer }))
    tap('phone')
    await until(() => asked.length === 1)
    assert.equal(asked[0].referrer, 'getPhoneNumber')
    asked[0].resolve({ event: 'exposureAuthorization' })
    await new Promise((resolve) => setImmediate(resolve))
    assert.ok(none() && heard().length === 0, 'shown is not answered')
    tap('agree')
    assert.deepEqual(await event(1), ['agreeprivacyauthorization', { errMsg: 'agreePrivacyAuthorization:ok' }])
    asked[0].resolve({ event: 'agree', buttonId: 'agree' })
    await press('Allow')
    assert.equal((await event(2))[1].errMsg, 'getPhoneNumber:ok')
    assert.equal(wechat.granted.has('privacy'), true)
  }))

test('the program says no; or says yes although nobody tapped the button', () =>
  withConsent({ granted: {} }, async ({ wx, tap, event, host, wechat }) => {
    const answers = [{ event: 'disagree' }, { event: 'agree', buttonId: 'agree' }]
    wx.onNeedPrivacyAuthorization((resolve) => resolve(answers.shift()))
    for (const n of [1, 2]) {
      tap('phone')
      assert.deepEqual(await event(n), ['getphonenumber', refusal('getPhoneNumber')])
    }
    assert.match(host.logs.at(-1)[1], /buttonId is that of a button of open-type agreePrivacyAuthorization that was tapped/)
    assert.equal(wechat.granted.size, 0)
  }))

test('an id that is no tapped button\'s, or none, agrees to nothing', () =>
  withConsent({ granted: {} }, async ({ wx, tap, event, wechat }) => {
    const ids = ['coupled', undefined]
    wx.onNeedPrivacyAuthorization((resolve) => {
      tap('agree')
      resolve({ event: 'agree', buttonId: ids.shift() })
    })
    for (const n of [2, 4]) {
      wechat.grants.clear()
      tap('phone')
      assert.deepEqual(await event(n), ['getphonenumber', refusal('getPhoneNumber')])
    }
  }))

test('a listener that throws leaves no call hanging', () =>
  withConsent({ granted: {} }, async ({ wx, host }) => {
    wx.onNeedPrivacyAuthorization(() => {
      throw new Error('mine')
    })
    assert.deepEqual(await failed(wx.requirePrivacyAuthorize()), refusal('requirePrivacyAuthorize'))
    assert.match(host.logs.at(-1)[1], /mine/)
  }))

test('a coupled button agrees and goes on, in one tap', () =>
  withConsent({ granted: {} }, async ({ tap, press, event, wechat }) => {
    tap('coupled')
    await press('Allow')
    assert.deepEqual((await event(1))[0], 'agreeprivacyauthorization')
    assert.equal((await event(2))[1].code, 'phone-code')
    assert.equal(wechat.granted.get('privacy'), 'agreed')
  }))

test('wx.clearStorage takes back no consent; the guide can be read', () =>
  withConsent({}, async ({ wx, dialog, press }) => {
    wx.clearStorageSync()
    assert.equal((await wx.getPrivacySetting()).needAuthorization, false)
    assert.equal((await wx.openPrivacyContract()).errMsg, 'openPrivacyContract:ok')
    await dialog('Privacy guide of Fixture')
    await press('Close')
  }))
