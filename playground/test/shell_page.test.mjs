import assert from 'node:assert/strict'
import { test } from 'node:test'
import { boot, openPage } from './shell_page.mjs'
import { done, exchange, parts } from './shell_parts.mjs'

const { lockKinds, scenarioIds, textsOf } = await parts()
const user = { id: 'usr_1', openid: 'oOne', unionid: 'u1' }

/** Lets the phone log in through the page; returns the login's exchange. */
async function login(page, change = {}) {
  const phone = page.phones.at(-1)
  const task = phone.host.send({ kind: 'request', url: `${boot.base_url}/v1/login`, method: 'POST', header: {}, data: '{}', timeout: 60_000 })
  await page.server.idle()
  const call = page.sent.findLast((s) => s.path === '/playground/v1/calls').body.id
  const open = exchange({ id: `x-${call}`, call, request: { body: { appid: phone.host.appid, code: { $locked: 'code', shown: '0Ab3' } } } })
  await page.emit('exchange', open)
  const over = done(open, { response: { body: { session_id: 'ses_1', access_token: { $locked: 'access_token' }, user, ...change } } })
  await page.emit('exchange', over)
  await page.emit('answer', { id: call, ok: true, status_code: 200, header: {}, cookies: [], data: '{}' })
  await task.answer
  return over
}

test('an exchange is a button of the diagram that says what it is', async () => {
  const page = await openPage()
  assert.equal(page.find('exchange'), null)
  await login(page)
  const [button] = page.all('exchange')
  assert.equal(button.nodeName, 'BUTTON')
  assert.deepEqual({ ...button.dataset }, {
    testid: 'exchange', from: 'phone', to: 'hufu', path: '/v1/login', method: 'POST', status: '200', fault: '', state: 'done', parent: '' })
  assert.match(button.textContent, /Request, Phone to hufu: POST \/v1\/login/)
  assert.match(button.textContent, /code 0Ab3…/)
  assert.match(page.find('answer').textContent, /Answer, hufu to Phone: 200\s*10 ms/)
  assert.equal(page.find('diagram').nodeName, 'OL')
  assert.ok(page.all('exchange').concat(page.all('answer')).every((b) => b.parentElement.nodeName === 'LI'))
})

test('wx.login is drawn, though the server sees nothing of it', async () => {
  const page = await openPage()
  await page.phones[0].host.login()
  await page.server.idle()
  const arrow = page.find('exchange')
  assert.deepEqual([arrow.dataset.from, arrow.dataset.to, arrow.dataset.path], ['phone', 'wechat', 'wx.login'])
  assert.match(page.find('answer').textContent, /login:ok/)
  assert.doesNotMatch(page.document.body.innerHTML, /SECRET/)
  assert.equal(page.find('key-state').textContent, 'valid')
})

test('faults are told in words, and errors by code', async () => {
  const page = await openPage()
  const lost = exchange({ id: 'a', fault: 'lose_answer' })
  await page.emit('exchange', done(lost, { error: 'request:fail timeout' }))
  const refused = exchange({ id: 'b', at: 2000 })
  await page.emit('exchange', done(refused, { response: { status: 401, body: { code: 'token_expired' } } }))
  const offline = exchange({ id: 'c', at: 3000, fault: 'offline' })
  await page.emit('exchange', done(offline, { response: null, error: 'request:fail net::ERR_INTERNET_DISCONNECTED' }))
  const [first, second, third] = page.all('answer')
  assert.match(first.textContent, /answer lost.*the phone was told: request:fail timeout/)
  assert.match(second.textContent, /401\s*token_expired/)
  assert.ok(second.classList.contains('failed'))
  assert.match(third.textContent, /ERR_INTERNET_DISCONNECTED/)
  assert.equal(page.all('exchange')[2].dataset.fault, 'offline')
  assert.ok(page.all('exchange')[2].classList.contains('lost'))
})

test('details show headers and body, with locks in place of what is secret', async () => {
  const page = await openPage()
  const open = exchange({ from: 'hufu', to: 'wechat', request: { method: 'GET', path: '/sns/jscode2session', query: [['secret', { $locked: 'app_secret' }]] } })
  await page.emit('exchange', done(open, { response: {
    headers: [['authorization', { $locked: 'access_token', prefix: 'Bearer ' }]], body: { session_key: { $locked: 'session_key' }, openid: 'oOne' } } }))
  page.find('exchange').click()
  const details = page.find('details')
  assert.equal(details.hidden, false)
  assert.deepEqual(page.all('lock').map((lock) => lock.dataset.kind), ['app_secret', 'session_key', 'access_token'])
  assert.match(details.textContent, /"openid": "oOne"/)
  assert.match(details.textContent, /Bearer/)
  page.find('details-close').click()
  assert.equal(details.hidden, true)
  assert.equal(page.document.activeElement, page.find('exchange'))
})

test('each lock explains itself on focus, and shows nothing but what the server let it', async () => {
  const page = await openPage()
  const body = Object.fromEntries(lockKinds.map((kind) => [kind, { $locked: kind, value: 'LEAKED', shown: undefined }]))
  await page.emit('exchange', done(exchange(), { response: { body } }))
  page.find('exchange').click()
  for (const lock of page.all('lock')) {
    lock.focus()
    const card = page.find('lock-card').textContent
    for (const part of ['what', 'who', 'why']) assert.ok(card.includes(textsOf('en')[`lock.${lock.dataset.kind}.${part}`]), lock.dataset.kind)
    assert.equal(lock.getAttribute('aria-describedby'), page.find('lock-card').id)
    lock.dispatchEvent(new page.window.KeyboardEvent('keydown', { key: 'Escape', bubbles: true }))
    assert.equal(page.find('lock-card'), null)
    assert.equal(page.find('details').hidden, false, 'Escape closes the card first')
  }
  assert.equal(page.all('lock').length, lockKinds.length)
  assert.doesNotMatch(page.document.body.innerHTML, /LEAKED/)
})

test('clear empties the diagram', async () => {
  const page = await openPage()
  await login(page)
  page.find('clear').click()
  assert.equal(page.find('exchange'), null)
  assert.equal(page.document.getElementById('empty').hidden, false)
})

test('the arrow keys walk through the diagram, which is one stop for Tab', async () => {
  const page = await openPage()
  await login(page)
  const buttons = [...page.document.querySelectorAll('button.arrow')]
  assert.deepEqual(buttons.map((b) => b.tabIndex), [-1, 0])
  buttons[1].focus()
  buttons[1].dispatchEvent(new page.window.KeyboardEvent('keydown', { key: 'ArrowUp', bubbles: true }))
  assert.equal(page.document.activeElement, buttons[0])
  assert.deepEqual(buttons.map((b) => b.tabIndex), [0, -1])
})

test('the session that was seen can be ended, until there is a new one', async () => {
  const page = await openPage()
  assert.equal(page.find('session-end').getAttribute('aria-disabled'), 'true')
  await login(page)
  page.news()
  await page.click('session-end')
  assert.deepEqual(page.news(), [{ method: 'POST', path: '/playground/v1/sessions/end', token: 't0k', body: { session_id: 'ses_1' } }])
  assert.match(page.find('session-state').textContent, /was ended/)
  await login(page, { session_id: 'ses_2' })
  assert.match(page.find('session-state').textContent, /ses_2 lives/)
})

test('one unionid is one person, with an openid in each app', async () => {
  const page = await openPage()
  await login(page)
  assert.equal(page.find('same-person'), null)
  await page.click('app-wxdd00000000000002')
  await login(page, { user: { ...user, openid: 'oTwo' } })
  assert.ok(page.find('same-person'))
  assert.match(page.find('seen').textContent, /usr_1.*oOne.*usr_1.*oTwo/)
})

test('another page\'s calls are not drawn, nor what hufu asks for them; those of no page are', async () => {
  const page = await openPage()
  await login(page)
  const { length } = page.all('exchange')
  const theirs = exchange({ id: 'theirs', call: 'theirs' })
  await page.emit('exchange', theirs)
  await page.emit('exchange', exchange({ id: 'child', parent: 'theirs', call: 'theirs', from: 'hufu', to: 'wechat' }))
  await page.emit('exchange', done(theirs))
  assert.equal(page.all('exchange').length, length)
  await page.emit('exchange', exchange({ id: 'devtools' }))
  await page.emit('exchange', exchange({ id: 'child of it', parent: 'devtools', from: 'hufu', to: 'wechat' }))
  assert.equal(page.all('exchange').length, length + 2)
})

test('another page\'s logins are none of this phone\'s', async () => {
  const page = await openPage()
  await page.emit('exchange', done(exchange({ call: 'theirs' }), { response: { body: { session_id: 'ses_9', user } } }))
  assert.equal(page.find('session-end').getAttribute('aria-disabled'), 'true')
})

test('the home gesture sends the phone to the background and back; restart is a new phone', async () => {
  const page = await openPage()
  await page.click('phone-home')
  await page.click('phone-back')
  await page.click('phone-home')
  await page.click('phone-home')
  assert.deepEqual(page.phones[0].calls.map(([name]) => name), ['background', 'foreground', 'background', 'foreground'])
  await page.click('phone-restart')
  assert.equal(page.phones.length, 2)
  assert.equal(page.phones[0].calls.at(-1)[0], 'destroy')
})

test('language and theme switch live and reach the phone', async () => {
  const page = await openPage({ query: 'tour=0&lang=en&theme=light' })
  await login(page)
  await page.click('lang')
  assert.equal(page.document.documentElement.lang, 'zh-CN')
  assert.equal(page.find('normal').textContent, textsOf('zh')['normal.button'])
  assert.match(page.find('exchange').textContent, /请求，手机到hufu/)
  assert.equal(page.phones.at(-1).host.language, 'zh_CN')
  assert.equal(page.window.localStorage.getItem('hufu-shell/lang'), 'zh')
  await page.click('theme')
  assert.equal(page.document.documentElement.dataset.theme, 'dark')
  assert.deepEqual(page.phones.at(-1).calls, [['setTheme', 'dark']])
})

test('the tour has three steps, is skippable and comes once', async () => {
  const page = await openPage({ query: 'lang=en' })
  for (let step = 1; step <= 3; step++) {
    assert.match(page.find('tour').textContent, new RegExp(`${step} of 3`))
    page.find('tour-next').click()
  }
  assert.equal(page.find('tour'), null)
  assert.ok(page.window.localStorage.getItem('hufu-shell/tour'))
  const again = await openPage({ query: 'lang=en', stored: { 'hufu-shell/tour': 'seen' } })
  assert.equal(again.find('tour'), null)
  const skipped = await openPage({ query: 'lang=en' })
  skipped.find('tour-skip').click()
  assert.equal(skipped.find('tour'), null)
  const asked = await openPage({ query: 'lang=en&tour=0' })
  assert.equal(asked.find('tour'), null)
})

const preset = {
  offline: '{"mode":"offline"}', slow: '{"mode":"slow"}', 'lost-request': '{"mode":"lose_request"}', 'lost-answer': '{"mode":"lose_answer"}',
  'wechat-busy': '[{"path":"/sns/jscode2session","errcode":-1,"times":2}]', 'wechat-quota': '[{"path":"/sns/jscode2session","errcode":45011}]',
  'user-blocked': '{"name":"alice","blocked":true}',
}
const afterLogin = {
  'session-key-expired': '"action":"expire"', 'session-key-rotated': '"action":"rotate"', 'session-revoked': '"session_id":"ses_1"',
  'token-expired': '{"advance":900,"what":"hufu"}', 'stale-key-data': '"action":"rotate"', 'old-profile': '{"rules":"2021"}', clock: '{"advance":2678400,"what":"both"}',
}

for (const id of scenarioIds) {
  test(`scenario ${id}: a card, and its preset`, async () => {
    const page = await openPage({ query: `tour=0&lang=en&scenario=${id}`, stored: { [`hufu-phone/alice/${boot.apps[0].appid}/token`]: 'old' } })
    const card = page.find('scenario')
    assert.equal(card.hidden, false)
    assert.ok(card.textContent.includes(textsOf('en')[`scenario.${id}.text`]))
    assert.equal(page.find('scenarios').value, id)
    const bodies = () => page.news().map((call) => JSON.stringify(call.body))
    const atOnce = bodies()
    assert.equal(page.phones.length, 1, 'the phone is started once')
    if (preset[id]) {
      assert.equal(atOnce.at(-1), preset[id])
      assert.ok(page.phones[0].before.includes(preset[id]), 'set before the phone starts: it may log in at once')
    }
    if (preset[id] || id === 'refuse' || id === 'first-login') assert.equal(page.phones[0].host.storage.keys().length, 0, 'nobody is logged in')
    if (id === 'refuse') assert.equal(page.find('refuse').getAttribute('aria-pressed'), 'true')
    if (afterLogin[id]) {
      assert.match(card.textContent, /Waits for a login/)
      await login(page)
      assert.ok(bodies().at(-1).includes(afterLogin[id]), 'set up by the login')
      assert.doesNotMatch(card.textContent, /Waits for a login/)
    }
    if (id === 'phone-barred' || id === 'phone-refused') {
      page.phones[0].host.wechat.grants.set('privacy', 'agreed')
      await login(page)
      assert.equal(page.phones[0].host.wechat.phoneButton, id === 'phone-barred' ? 'no_permission' : 'works')
      assert.equal(page.phones[0].host.wechat.grants.keys().length, id === 'phone-barred' ? 1 : 0)
    }
    assert.deepEqual(page.errors, [])
  })
}

test('the scenarios are walked through, each from normal, and closed', async () => {
  const page = await openPage()
  assert.equal(page.find('scenario').hidden, true)
  page.find('scenarios').value = 'refuse'
  page.find('scenarios').dispatchEvent(new page.window.Event('change'))
  await page.server.idle()
  page.news()
  await page.click('scenario-previous')
  assert.equal(page.find('scenario').dataset.scenario, 'user-blocked')
  assert.deepEqual(page.news().map((c) => `${c.method} ${c.path}`),
    ['PUT /playground/v1/network', 'DELETE /sim/v1/faults', 'POST /sim/v1/users', 'POST /sim/v1/users'])
  await page.click('scenario-next')
  await page.click('scenario-next')
  await page.click('scenario-next')
  assert.equal(page.find('scenario').dataset.scenario, 'first-login', 'after the last comes the first')
  await page.click('scenario-close')
  assert.equal(page.find('scenario').hidden, true)
})

test('a server that went away is said quietly; one that was started anew wants a reload', async () => {
  const page = await openPage()
  await page.emit('state', { network: { mode: 'online', left: null }, clock: { hufu: 0, wechat: 0 } })
  page.server.streams[0].close()
  await page.server.idle()
  assert.ok(page.find('banner-lost'))
  page.find('banner-retry').click()
  await page.server.connected(2)
  await page.server.idle()
  assert.equal(page.find('banner-lost'), null)
  assert.equal(page.sent.findLast((call) => call.path === '/playground/v1/events').last, '1')
  const waiting = page.phones[0].host.send({ kind: 'request', url: 'http://x', method: 'GET', header: {}, data: null, timeout: 60_000 })
  await page.server.idle()
  page.server.status = 403
  page.server.streams[1].close()
  await page.server.idle()
  page.find('banner-retry').click()
  await assert.rejects(waiting.answer, /REFUSED/)
  await page.server.idle()
  assert.ok(page.find('banner-stale'))
})
