import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { build, fakeHost, startPhone, until } from './fixtures/phone.mjs'

let built

before(async () => {
  built = await build()
  // The first window of a process is slow, whatever runs in it.
  startPhone(built).close()
})

/** Runs a flow on a phone of its own; what the page threw fails it. */
function flow(name, work, options) {
  test(name, async () => {
    const phone = startPhone(built, typeof options === 'function' ? options() : options)
    try {
      await work(phone)
      assert.deepEqual(phone.errors, [])
    } finally {
      phone.close()
    }
  })
}

flow('a tap logs in: wx.login, wx.request, and the openid stands on the page', async ({ tap, text, host, byId, until }) => {
  assert.equal(byId('login').getAttribute('role'), 'button')
  tap('login')
  await until(() => host.calls.length === 1)
  const [call] = host.calls
  assert.deepEqual([call.kind, call.method, call.url, call.data, call.timeout], ['request', 'POST', 'http://127.0.0.1:8080/v1/login', '{"code":"code-1"}', 7000])
  assert.equal(call.header['content-type'], 'application/json')
  assert.equal(byId('login').getAttribute('aria-disabled'), 'true')
  call.answer({ openid: 'oABC' })
  await until(() => text('openid') === 'openid oABC')
  assert.equal(byId('login').getAttribute('aria-disabled'), 'false')
})

flow('a failed request says why, in WeChat\'s words', async ({ tap, text, host, until }) => {
  tap('login')
  await until(() => host.calls.length === 1)
  host.calls[0].fail('timeout', 5)
  await until(() => text('openid') === 'request:fail timeout')
})

flow('what is typed reaches the page, and wx:if follows', async ({ type, text, byId, until }) => {
  assert.equal(text('nobody'), 'Nobody')
  assert.equal(byId('name').querySelector('input').getAttribute('aria-label'), 'Your name')
  type('name', 'Ann')
  await until(() => text('hello') === 'Hello Ann')
  assert.equal(byId('nobody'), null)
  assert.equal(byId('name').querySelector('.phone-placeholder').hidden, true)
  type('name', '')
  await until(() => text('nobody') === 'Nobody')
})

flow('model:value goes both ways', async ({ type, text, until }) => {
  type('model', 'twice')
  await until(() => text('model-text') === 'twice')
})

flow('wx:for draws rows by a template, and a handler sees the dataset', async ({ all, tap, text, until }) => {
  assert.deepEqual(all('.row').map((row) => row.textContent.trim()), ['0: first', '1: second'])
  tap(all('.row-text')[1])
  await until(() => text('picked') === 'tap b')
})

flow('WXS: inline, of a file, and of one that requires another', ({ text }) => {
  assert.equal(text('wxs'), '42 ¥12,34')
})

flow('a component: slot, observer, event, ready', async ({ all, tap, text, until }) => {
  assert.equal(text('slotted'), 'in the slot')
  const count = all('wx-view').find((view) => /--count$/.test(view.className))
  assert.equal(count.textContent, '6', 'the observer doubles what was given')
  await until(() => text('count') === '3')
  tap(count)
  await until(() => text('count') === '4' && count.textContent === '8')
})

flow('a disabled button does not tap, by finger, key or script', ({ byId, tap, key, text }) => {
  tap('disabled')
  key('disabled', 'Enter')
  byId('disabled').click()
  assert.equal(text('forbidden'), '0')
  assert.equal(byId('disabled').tabIndex, -1)
})

flow('Enter and Space tap a button, and so does what clicks without a finger', async ({ byId, key, text, until, tap }) => {
  key('to-detail', 'Enter')
  await until(() => text('query'))
  tap('back')
  await until(() => text('query') === null)
  byId('to-detail').click()
  await until(() => text('query'))
})

flow('a tap by a finger leaves no late click, but in a field', ({ byId, window, globals }) => {
  const touch = (target) => {
    const end = new window.Event('touchend', { bubbles: true, cancelable: true })
    const changedTouches = [{ identifier: 1, clientX: 1, clientY: 1 }]
    target.dispatchEvent(Object.assign(new window.Event('touchstart', { bubbles: true }), { changedTouches, touches: changedTouches }))
    target.dispatchEvent(Object.assign(end, { changedTouches, touches: [] }))
    return end.defaultPrevented
  }
  assert.equal(touch(byId('outer')), true)
  assert.equal(traceOf(globals).at(-1), 'outer')
  assert.equal(touch(byId('name').querySelector('input')), false)
})

flow('catchtap keeps a tap from the element around', async ({ tap, globals, until }) => {
  tap('inner')
  tap('outer')
  await until(() => traceOf(globals).includes('outer'))
  assert.deepEqual(traceOf(globals).filter((one) => one === 'inner' || one === 'outer'), ['inner', 'outer'])
})

flow('a form gathers its fields; a label taps what it is for', async ({ tap, text, byId, until }) => {
  tap('agree-text')
  await until(() => byId('agree').getAttribute('aria-checked') === 'true')
  tap('submit')
  await until(() => text('submitted') === '{"city":"Paris","agree":true}')
})

flow('pages: query, lifecycles, the bar, and the way back', async ({ tap, text, all, phone, globals, until }) => {
  await until(() => traceOf(globals).includes('index ready'))
  tap('to-detail')
  await until(() => text('query'))
  assert.equal(text('query'), '{"id":"7","word":"%E4%BD%A0"}', 'values stay encoded')
  assert.equal(phone.route, 'pages/detail/detail')
  assert.equal(all('.phone-title')[0].textContent, 'Fixture')
  all('.phone-back')[0].click()
  await until(() => phone.route === 'pages/index/index')
  assert.equal(all('.phone-title')[0].textContent, 'Index')
  assert.deepEqual(traceOf(globals), [
    'launch pages/index/index 1001', 'app show', 'index load {}', 'index show', 'index ready', 'index hide', 'detail load',
    'detail show pages/index/index > pages/detail/detail', 'detail unload', 'index show',
  ])
})

flow('<navigator> goes by a path from the page', async ({ tap, text, until }) => {
  tap('link')
  await until(() => text('query') === '{"from":"link"}')
})

flow('it opens where it is told', ({ text, phone }) => {
  assert.equal(phone.route, 'pages/detail/detail')
  assert.equal(text('query'), '{"id":"9"}')
}, { options: { path: 'pages/detail/detail?id=9' } })

flow('a picture of the program is in it, with its name for readers', ({ byId }) => {
  const picture = byId('picture').querySelector('img')
  assert.match(picture.src, /^data:image\/png;base64,/)
  assert.equal(picture.alt, 'a dot')
})

flow('rpx holds in style, and hidden hides', ({ window }) => {
  const styled = window.document.querySelector('[id$="--styled"]')
  assert.match(styled.getAttribute('style'), /calc\(var\(--rpx\) ?\* ?100\)/)
  assert.ok(styled.hasAttribute('hidden'))
})

flow('background and foreground tell page and app; what is in flight fails after 5 s', async ({ phone, host, tap, text, globals, time, until }) => {
  tap('login')
  await until(() => host.calls.length === 1)
  phone.background()
  assert.deepEqual(traceOf(globals).slice(-2), ['index hide', 'app hide'])
  time.advance(4999)
  assert.equal(host.calls[0].aborted, false)
  time.advance(1)
  assert.equal(host.calls[0].aborted, true)
  await until(() => text('openid') === 'request:fail interrupted')
  phone.foreground()
  assert.deepEqual(traceOf(globals).slice(-2), ['app show', 'index show'])
  tap('login')
  await until(() => host.calls.length === 2)
}, { clock: true })

flow('the theme is the phone\'s: attribute, bar, and styles', ({ phone, window, all }) => {
  const { documentElement } = window.document
  assert.equal(documentElement.dataset.theme, 'light')
  assert.equal(all('.phone-bar')[0].style.backgroundColor, 'rgb(238, 238, 238)')
  phone.setTheme('dark')
  assert.equal(documentElement.dataset.theme, 'dark')
  assert.equal(all('.phone-bar')[0].style.backgroundColor, 'rgb(34, 34, 34)')
  assert.equal(documentElement.lang, 'en')
})

flow('what a handler throws is told to the host and to App.onError', async ({ globals, host, until }) => {
  globals.setTimeout(() => {
    throw new Error('broken timer')
  })
  await until(() => traceOf(globals).some((one) => /error .*broken timer/.test(one)))
  assert.ok(host.logs.some(([level, message]) => level === 'error' && message.includes('broken timer')))
})

flow('setData tells what would be lost on the way in WeChat', ({ globals, host }) => {
  const { getCurrentPages } = globals
  const cycle = {}
  cycle.self = cycle
  getCurrentPages()[0].setData({ name: 'kept', bad: () => {}, none: undefined, cycle })
  const warnings = host.logs.filter(([level]) => level === 'warn').map(([, message]) => message).join('\n')
  assert.match(warnings, /bad is a function/)
  assert.match(warnings, /none is undefined/)
  assert.match(warnings, /cycle\.self is a cycle/)
  assert.equal(getCurrentPages()[0].data.name, 'kept')
})

test('destroy ends timers, network, listeners and answers', async () => {
  const { phone, window, globals, host, tap, time, close } = startPhone(built, { clock: true })
  const { setTimeout, setInterval, wx, getCurrentPages } = globals
  const heard = []
  setTimeout(() => heard.push('timeout'), 10)
  setInterval(() => heard.push('interval'), 10)
  wx.onNetworkStatusChange(() => heard.push('network'))
  const page = getCurrentPages()[0]
  wx.request({ url: 'http://127.0.0.1:8080/slow', complete: () => heard.push('answer') })
  tap('login')
  await until(() => host.calls.length === 2)
  phone.destroy()
  assert.ok(host.calls.every((call) => call.aborted))
  phone.setNetwork({ isConnected: false, networkType: 'none' })
  time.advance(60_000)
  page.setData({ name: 'late' })
  wx.login({ success: () => heard.push('login') })
  await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual(heard, [])
  assert.equal(time.pending, 0, 'no timer is left')
  assert.equal(window.document.querySelector('.phone'), null)
  assert.equal(window.document.querySelector('style[data-path]'), null)
  phone.destroy()
  close()
})

test('a phone that was destroyed makes room for another in the same window', async () => {
  const first = startPhone(built)
  first.phone.destroy()
  const host = fakeHost()
  const phone = first.window.startPhone(host)
  assert.equal(phone.route, 'pages/index/index')
  first.tap('login')
  await until(() => host.calls.length === 1)
  assert.equal(first.host.calls.length, 0)
  phone.destroy()
  first.window.close()
})

/** What the program wrote down. */
function traceOf(globals) {
  return [...globals.getApp().trace]
}
