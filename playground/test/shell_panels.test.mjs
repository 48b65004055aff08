import assert from 'node:assert/strict'
import { test } from 'node:test'
import { boot, openPage } from './shell_page.mjs'

const network = (mode) => ({ method: 'PUT', path: '/playground/v1/network', token: 't0k', body: { mode } })
const clock = (advance, what) => ({ method: 'POST', path: '/playground/v1/clock', token: 't0k', body: { advance, what } })
const user = (name, blocked) => ({ method: 'POST', path: '/sim/v1/users', token: null, body: { name, blocked } })
const faults = (list) => ({ method: 'PUT', path: '/sim/v1/faults', token: null, body: list })
const noFaults = { method: 'DELETE', path: '/sim/v1/faults', token: null }
const key = (action) => ({ method: 'POST', path: '/sim/v1/wx/session-key', token: null, body: { appid: boot.apps[0].appid, user: 'alice', action } })

const rules = (wanted) => ({ method: 'PUT', path: '/sim/v1/profile-rules', token: null, body: { rules: wanted } })

const controls = {
  'network-online': [network('online')], 'network-offline': [network('offline')], 'network-slow': [network('slow')],
  'network-lose_request': [network('lose_request')], 'network-lose_answer': [network('lose_answer')],
  'wechat-normal': [noFaults],
  'wechat-busy': [faults([{ path: '/sns/jscode2session', errcode: -1, times: 2 }])],
  'wechat-quota': [faults([{ path: '/sns/jscode2session', errcode: 45011 }])],
  'user-blocked': [user('alice', true)],
  refuse: [],
  'key-expire': [key('expire')], 'key-rotate': [key('rotate')],
  'token-expire': [clock(900, 'hufu')],
  'clock-hour': [clock(3600, 'both')], 'clock-day': [clock(86400, 'both')], 'clock-month': [clock(2678400, 'both')],
  normal: [network('online'), noFaults, user('alice', false)],
  'session-end': [],
  'phone-quota': [], 'phone-works': [], 'consent-reset': [],
  'rules-2020': [rules('2020')], 'rules-2021': [rules('2021')], 'rules-today': [rules('today')],
}

test('every control makes exactly its call', async () => {
  const page = await openPage()
  for (const [testid, calls] of Object.entries(controls)) {
    page.news()
    await page.click(testid)
    assert.deepEqual(page.news(), calls, testid)
  }
  assert.deepEqual(page.errors, [])
})

test('a pressed control shows that it is, and back to normal undoes all of them', async () => {
  const page = await openPage()
  const pressed = () => page.all('network-offline').concat(page.all('wechat-quota'), page.all('user-blocked'), page.all('refuse'))
    .map((button) => button.getAttribute('aria-pressed'))
  assert.deepEqual(pressed(), ['false', 'false', 'false', 'false'])
  for (const testid of ['network-offline', 'wechat-quota', 'user-blocked', 'refuse']) await page.click(testid)
  assert.deepEqual(pressed(), ['true', 'true', 'true', 'true'])
  assert.equal(page.find('network-state').textContent, 'Offline')
  await page.click('normal')
  assert.deepEqual(pressed(), ['false', 'false', 'false', 'false'])
})

test('the phone number button and the rules for profiles: the phone hears of them, and normal undoes them', async () => {
  const page = await openPage()
  const { wechat } = page.phones[0].host
  assert.deepEqual([wechat.phoneButton, wechat.profileRules], ['works', 'today'])
  await page.click('phone-no_permission')
  await page.click('rules-2020')
  assert.deepEqual([wechat.phoneButton, wechat.profileRules], ['no_permission', '2020'])
  assert.equal(page.find('data-state').textContent, 'No permission · Before April 2021')
  page.news()
  await page.click('normal')
  assert.deepEqual(page.news().map(({ path, body }) => [path, body]).find(([path]) => path.endsWith('rules')), ['/sim/v1/profile-rules', { rules: 'today' }])
  assert.deepEqual([wechat.phoneButton, wechat.profileRules], ['works', 'today'])
})

test('consent is forgotten for the person and app that are chosen, by its button and with an emptied phone', async () => {
  const page = await openPage()
  const { grants } = page.phones[0].host.wechat
  await page.click('person-bob')
  const bob = page.phones[1].host.wechat.grants
  for (const store of [grants, bob]) store.set('privacy', 'agreed')
  await page.click('consent-reset')
  assert.deepEqual([[...grants.keys()], [...bob.keys()]], [['privacy'], []])
  bob.set('privacy', 'agreed')
  const picker = page.document.getElementById('scenarios')
  picker.value = 'first-login'
  picker.dispatchEvent(new page.window.Event('change'))
  await page.server.idle()
  assert.deepEqual([[...grants.keys()], [...bob.keys()]], [['privacy'], []])
})

test('block and refuse are undone by a second click', async () => {
  const page = await openPage()
  await page.click('user-blocked')
  page.news()
  await page.click('user-blocked')
  assert.deepEqual(page.news(), [user('alice', false)])
  await page.click('refuse')
  await page.click('refuse')
  assert.equal(page.find('refuse').getAttribute('aria-pressed'), 'false')
})

test('a control that fails says so, and shows no state that is not', async () => {
  const page = await openPage({ failing: { 'POST /sim/v1/wx/session-key': { status: 409, body: { error: 'no session key yet' } } } })
  await page.click('key-expire')
  assert.match(page.document.getElementById('complaint').textContent, /no session key yet/)
  assert.equal(page.find('key-expire').getAttribute('aria-pressed'), 'false')
  assert.deepEqual(page.errors, [], 'a refusal is no error of the page')
})

test('a state told by the server is shown, whoever set it', async () => {
  const page = await openPage()
  await page.emit('state', { network: { mode: 'lose_answer', left: 2 }, clock: { hufu: 93600, wechat: 0 } })
  assert.match(page.find('network-state').textContent, /Lose answer · 2 to go/)
  assert.match(page.find('clock-state').textContent, /hufu 1 d 2 h, WeChat 0 s/)
})

test('the phone hears of offline and online', async () => {
  const page = await openPage()
  await page.click('network-offline')
  await page.click('network-online')
  assert.deepEqual(page.phones[0].calls, [
    ['setNetwork', { isConnected: false, networkType: 'none' }], ['setNetwork', { isConnected: true, networkType: 'wifi' }]])
})

test('another person or app is another phone', async () => {
  const page = await openPage()
  assert.equal(page.phones.length, 1)
  await page.click('app-wxdd00000000000002')
  await page.click('person-bob')
  assert.equal(page.phones.length, 3)
  assert.deepEqual(page.phones[0].calls, [['destroy']])
  assert.deepEqual(page.phones.map((p) => p.host.appid), ['wxdd00000000000001', 'wxdd00000000000002', 'wxdd00000000000002'])
  await page.phones[2].host.login()
  assert.deepEqual(page.sent.at(-1).body, { appid: 'wxdd00000000000002', user: 'bob' })
  page.phones[1].host.storage.set('k', 'v')
  assert.equal(page.phones[2].host.storage.get('k'), null)
})

test('what was blocked or broken before the page was opened is shown', async () => {
  const failing = {
    'GET /sim/v1/users': { status: 200, body: { data: [{ name: 'alice', blocked: true }] } },
    'GET /sim/v1/faults': { status: 200, body: [{ path: '/sns/jscode2session', errcode: -1, times: 1 }] },
    'GET /sim/v1/profile-rules': { status: 200, body: { rules: '2021' } },
  }
  const page = await openPage({ failing })
  assert.equal(page.find('user-blocked').getAttribute('aria-pressed'), 'true')
  assert.match(page.find('wechat-state').textContent, /Busy, twice · 1 to go/)
  assert.equal(page.find('rules-2021').getAttribute('aria-pressed'), 'true')
})

test('with the real WeChat nobody is played and nothing of WeChat is broken', async () => {
  const page = await openPage({ change: { simulated: false } })
  for (const gone of ['person-alice', 'wechat-busy', 'user-blocked', 'refuse', 'key-expire', 'rules-2021', 'phone-quota']) assert.equal(page.find(gone), null, gone)
  assert.match(page.find('real').textContent, /wx\.login cannot work in a browser/)
  await assert.rejects(page.phones[0].host.login())
  page.news()
  await page.click('clock-hour')
  await page.click('normal')
  assert.deepEqual(page.news(), [clock(3600, 'hufu'), network('online')])
})
