import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withConsent } from './fixtures/consent.mjs'

const sealed = { encryptedData: 'c2VhbGVk', iv: 'aXY=' }

test('the phone number button: asked with the masked number, then a code and the sealed number', () =>
  withConsent({}, async ({ tap, dialog, press, event, wechat, none }) => {
    tap('phone')
    const asked = await dialog('Get and verify your phone number')
    assert.match(asked.textContent, /Fixture.*138\*\*\*\*0000/)
    assert.deepEqual(wechat.asked, [], 'nothing is asked of WeChat before the person agrees')
    await press('Allow')
    assert.deepEqual(await event(1), ['getphonenumber', { code: 'phone-code', ...sealed, errMsg: 'getPhoneNumber:ok' }])
    assert.deepEqual(wechat.asked, [['phoneNumber', 'getPhoneNumber']])
    assert.ok(none())
  }))

for (const way of ['press', 'escape']) {
  test(`a refusal by ${way === 'press' ? 'its button' : 'Escape'}: no code was made`, () =>
    withConsent({}, async ({ tap, dialog, press, escape, event, wechat }) => {
      tap('phone')
      await dialog()
      await (way === 'press' ? press('Deny') : escape())
      assert.deepEqual(await event(1), ['getphonenumber', { errMsg: 'getPhoneNumber:fail user deny' }])
      assert.deepEqual([wechat.asked, wechat.refusals], [[], [['getPhoneNumber', 'user deny']]])
    }))
}

test('the real-time button gives a code, never sealed data', () =>
  withConsent({}, async ({ tap, press, event, wechat }) => {
    tap('realtime')
    await press('Allow')
    assert.deepEqual(await event(1), ['getrealtimephonenumber', { code: 'phone-code', errMsg: 'getRealtimePhoneNumber:ok' }])
    assert.deepEqual(wechat.asked, [['phoneNumber', 'getRealtimePhoneNumber']])
  }))

test('without a session key the code comes alone', () =>
  withConsent({ phoneNumber: async () => ({ code: 'c' }) }, async ({ tap, press, event }) => {
    tap('phone')
    await press('Allow')
    assert.deepEqual(await event(1), ['getphonenumber', { code: 'c', errMsg: 'getPhoneNumber:ok' }])
  }))

for (const [phoneButton, errno, reason] of [
  ['no_permission', 102, 'no permission'], ['undeclared', 112, 'api scope is not declared in the privacy agreement'], ['quota', 1400001, 'quota exhausted'],
]) {
  test(`${phoneButton}: errno ${errno}, and nobody is asked`, () =>
    withConsent({ phoneButton, granted: {} }, async ({ tap, event, none, wechat }) => {
      for (const [n, id, api] of [[1, 'phone', 'getPhoneNumber'], [2, 'realtime', 'getRealtimePhoneNumber']]) {
        tap(id)
        assert.deepEqual(await event(n), [api.toLowerCase(), { errMsg: `${api}:fail ${reason}`, errno }])
      }
      assert.ok(none())
      assert.deepEqual(wechat.refusals, [['getPhoneNumber', reason], ['getRealtimePhoneNumber', reason]])
    }))
}

test('a used-up quota is said in a toast, unless the page wants to say it', () =>
  withConsent({ phoneButton: 'quota' }, async ({ tap, event, all }) => {
    const said = () => all('[role="status"]')[0].textContent
    tap('quiet')
    await event(1)
    assert.equal(said(), '')
    tap('phone')
    await event(2)
    assert.match(said(), /used up its quota/)
  }))

test('what WeChat answers with a failure, the event tells', () =>
  withConsent({ phoneNumber: () => Promise.reject({ reason: 'net::ERR_INTERNET_DISCONNECTED' }) }, async ({ tap, press, event, wechat }) => {
    tap('phone')
    await press('Allow')
    assert.deepEqual(await event(1), ['getphonenumber', { errMsg: 'getPhoneNumber:fail net::ERR_INTERNET_DISCONNECTED' }])
    assert.deepEqual(wechat.refusals, [], 'the host has told it already')
  }))

test('the dialog holds the focus, and Tab goes round in it', () =>
  withConsent({}, async ({ tap, dialog, window, all, press }) => {
    tap('phone')
    const asked = await dialog()
    const { document } = window
    assert.equal(document.activeElement, asked.querySelector('h2'), 'Enter grants nothing by accident')
    assert.equal(all('.phone-front')[0].inert, true)
    const [deny, allow] = asked.querySelectorAll('button')
    const key = (shiftKey) => document.activeElement.dispatchEvent(new window.KeyboardEvent('keydown', { key: 'Tab', shiftKey, bubbles: true, cancelable: true }))
    assert.equal(key(true), false)
    assert.equal(document.activeElement, allow)
    assert.equal(key(false), false)
    assert.equal(document.activeElement, deny)
    assert.equal(key(true), false)
    assert.equal(document.activeElement, allow)
    await press('Deny')
    assert.equal(all('.phone-front')[0].inert, false)
  }))
