import assert from 'node:assert/strict'
import { test } from 'node:test'
import { least, withFiles } from './fixtures/files.mjs'
import { build, fakeHost, startPhone, until } from './fixtures/phone.mjs'
import { called, failed, plain, withWx } from './fixtures/wx.mjs'

withWx('callbacks or a promise, never both', async (wx) => {
  const { told, returned } = await called(wx.login)
  assert.deepEqual(told, [['success', { code: 'code-1', errMsg: 'login:ok' }], ['complete', { code: 'code-1', errMsg: 'login:ok' }]])
  assert.equal(returned, undefined)
  assert.deepEqual(plain(await wx.login()), { code: 'code-1', errMsg: 'login:ok' })
  assert.deepEqual(plain(await wx.login({ timeout: 1000 })), { code: 'code-1', errMsg: 'login:ok' })
})

withWx('callbacks are never called before the call has returned', async (wx) => {
  let returned = false
  await new Promise((resolve) => {
    wx.setStorage({ key: 'a', data: 1, success: () => resolve(assert.equal(returned, true)) })
    returned = true
  })
})

withWx('a failing login: errMsg and errno', async (wx) => {
  assert.deepEqual((await called(wx.login)).told[0], ['fail', { errMsg: 'login:fail system busy', errno: 1000 }])
  assert.deepEqual(await failed(wx.login()), { errMsg: 'login:fail system busy', errno: 1000 })
}, () => ({ host: fakeHost({ login: () => Promise.reject({ reason: 'system busy', errno: 1000 }) }) }))

withWx('checkSession fails where the key is gone', async (wx, { host }) => {
  assert.deepEqual(plain(await wx.checkSession()), { errMsg: 'checkSession:ok' })
  host.checkSession = async () => ({ valid: false })
  assert.deepEqual(await failed(wx.checkSession()), { errMsg: 'checkSession:fail session time out, need relogin' })
})

withWx('storage: both ways, all values, and WeChat\'s answers for what is missing', async (wx, { host }) => {
  for (const value of ['text', 0, false, null, { a: [1] }]) {
    wx.setStorageSync('k', value)
    assert.deepEqual(plain({ v: wx.getStorageSync('k') }).v, value)
    assert.deepEqual(plain(await wx.getStorage({ key: 'k' })), { data: value, errMsg: 'getStorage:ok' })
  }
  assert.equal(wx.getStorageSync('none'), '')
  assert.deepEqual(await failed(wx.getStorage({ key: 'none' })), { errMsg: 'getStorage:fail data not found' })
  await wx.setStorage({ key: 'other', data: 1 })
  assert.deepEqual([...wx.getStorageInfoSync().keys].sort(), ['k', 'other'])
  await wx.removeStorage({ key: 'k' })
  wx.clearStorageSync()
  assert.equal(host.stored.size, 0)
  assert.throws(() => wx.setStorageSync('big', 'x'.repeat(1024 * 1024 + 1)), /setStorageSync:fail entry size limit reached/)
})

withWx('toast and loading: one place, said to readers, gone in time', async (wx, { all, time }) => {
  const status = () => all('[role="status"]')[0].textContent
  await called(wx.showToast, { title: 'Saved' })
  assert.equal(status(), 'Saved')
  time.advance(1500)
  assert.equal(status(), '')
  await called(wx.showLoading, { title: 'Wait' })
  time.advance(60_000)
  assert.equal(status(), 'Wait')
  await called(wx.hideLoading)
  assert.equal(status(), '')
}, () => ({ clock: true }))

withWx('modal: a dialog with the focus, and the page behind it out of reach', async (wx, { all, window, until }) => {
  const answered = wx.showModal({ title: 'Sure?', content: 'Really' })
  const dialog = await until(() => all('[role="dialog"]')[0])
  assert.deepEqual([dialog.getAttribute('aria-modal'), dialog.getAttribute('aria-label')], ['true', 'Sure?'])
  const [cancel, confirm] = dialog.querySelectorAll('button')
  assert.deepEqual([cancel.textContent, confirm.textContent], ['Cancel', 'OK'])
  assert.equal(window.document.activeElement, confirm)
  assert.equal(all('.phone-front')[0].inert, true)
  confirm.click()
  assert.deepEqual(plain(await answered), { confirm: true, cancel: false, content: null, errMsg: 'showModal:ok' })
  assert.equal(all('.phone-front')[0].inert, false)
  const escaped = wx.showModal({ content: 'x' })
  ;(await until(() => all('[role="dialog"]')[0])).dispatchEvent(new window.KeyboardEvent('keydown', { key: 'Escape', bubbles: true }))
  assert.deepEqual(plain(await escaped), { confirm: false, cancel: true, content: null, errMsg: 'showModal:ok' })
})

withWx('action sheet: the place, or "fail cancel"', async (wx, { all, until }) => {
  const chosen = wx.showActionSheet({ itemList: ['a', 'b'] })
  ;(await until(() => all('[role="dialog"] button')[1])).click()
  assert.deepEqual(plain(await chosen), { tapIndex: 1, errMsg: 'showActionSheet:ok' })
  const cancelled = failed(wx.showActionSheet({ itemList: ['a'] }))
  ;(await until(() => all('.phone-list-cancel')[0])).click()
  assert.deepEqual(await cancelled, { errMsg: 'showActionSheet:fail cancel' })
})

withWx('navigation: limits and failures in WeChat\'s words', async (wx, { phone, globals }) => {
  assert.deepEqual(await failed(wx.navigateBack()), { errMsg: 'navigateBack:fail cannot navigate back at first page.' })
  assert.deepEqual(await failed(wx.navigateTo({ url: '/pages/none/none?a=1' })), { errMsg: 'navigateTo:fail page "pages/none/none?a=1" is not found' })
  assert.deepEqual(await failed(wx.switchTab({ url: '/pages/detail/detail' })), { errMsg: 'switchTab:fail can not switch to no-tabBar page' })
  let heard
  await wx.navigateTo({ url: '../detail/detail?id=3', events: { loaded: (id) => (heard = id) } })
  assert.equal(heard, '3')
  for (let n = 2; n < 10; n++) await wx.navigateTo({ url: '/pages/detail/detail' })
  assert.equal(globals.getCurrentPages().length, 10)
  assert.deepEqual(await failed(wx.navigateTo({ url: '/pages/detail/detail' })), { errMsg: 'navigateTo:fail webview count limit exceed' })
  await wx.navigateBack({ delta: 8 })
  assert.equal(globals.getCurrentPages().length, 2)
  await wx.redirectTo({ url: '/pages/detail/detail?r=1' })
  assert.deepEqual([...globals.getCurrentPages()].map((page) => plain(page.options)), [{}, { r: '1' }])
  await wx.reLaunch({ url: '/pages/index/index' })
  assert.deepEqual([phone.route, globals.getCurrentPages().length], ['pages/index/index', 1])
})

withWx('what the phone is', async (wx, { phone }) => {
  assert.deepEqual(plain(wx.getAccountInfoSync().miniProgram), { appId: 'wxfixture', envVersion: 'develop', version: '' })
  assert.deepEqual(plain(wx.getExtConfigSync()), { hufu: { baseURL: 'http://127.0.0.1:8080' } })
  assert.equal(wx.getAppBaseInfo().language, 'en')
  assert.equal(wx.getSystemInfoSync().theme, 'light')
  phone.setTheme('dark')
  assert.equal(wx.getAppBaseInfo().theme, 'dark')
  assert.deepEqual(plain(await wx.getNetworkType()), { networkType: 'wifi', errMsg: 'getNetworkType:ok' })
  assert.deepEqual([wx.canIUse('login'), wx.canIUse('button.open-type.getPhoneNumber'), wx.canIUse('startBluetooth')], [true, true, false])
})

withWx('events of the app: on, off, off of all; each listener once', (wx, { phone }) => {
  const heard = []
  const show = ({ path }) => heard.push(`show ${path}`)
  const network = ({ isConnected }) => heard.push(`network ${isConnected}`)
  wx.onAppShow(show)
  wx.onAppShow(show)
  wx.onAppHide(() => heard.push('hide'))
  wx.onNetworkStatusChange(network)
  wx.onThemeChange(({ theme }) => heard.push(theme))
  phone.background()
  phone.background()
  phone.foreground()
  phone.setNetwork({ isConnected: false, networkType: 'none' })
  phone.setTheme('dark')
  assert.deepEqual(heard, ['hide', 'show pages/index/index', 'network false', 'dark'])
  wx.offAppShow(show)
  wx.offAppHide()
  wx.offNetworkStatusChange(network)
  phone.background()
  phone.foreground()
  phone.setNetwork({ isConnected: true, networkType: 'wifi' })
  assert.equal(heard.length, 4)
})

withWx('getRandomValues and the clipboard', async (wx, { host }) => {
  const { randomValues, errMsg } = await wx.getRandomValues({ length: 70_000 })
  assert.deepEqual([randomValues.byteLength, errMsg], [70_000, 'getRandomValues:ok'])
  assert.ok(new Set(new Uint8Array(randomValues)).size > 200)
  assert.equal((await failed(wx.getRandomValues({ length: 0 }))).errno, 109001)
  assert.equal((await called(wx.setClipboardData, { data: 'copied' })).told[0][1].errMsg, 'setClipboardData:ok')
  assert.equal((await wx.getClipboardData()).data, 'copied')
  assert.deepEqual(host.logs.filter(([level]) => level === 'error'), [])
})

withWx('what is not there is undefined, and told once with all there is', (wx, { host }) => {
  if (wx.startBluetooth) assert.fail('there is no such API')
  assert.throws(() => wx.startBluetooth(), (error) => error.name === 'TypeError')
  const told = host.logs.filter(([level, message]) => level === 'warn' && message.startsWith('wx.startBluetooth'))
  assert.equal(told.length, 1)
  assert.match(told[0][1], /not simulated here\. There are: .*\blogin\b.*\brequest\b/)
})

withWx('a selector query reads the page in front', async (wx, { host }) => {
  const results = await new Promise((resolve) => wx.createSelectorQuery().select('#login').boundingClientRect().selectAll('.row').boundingClientRect().exec(resolve))
  assert.equal(results[0].id, 'login')
  assert.deepEqual(plain(results[1]).map((row) => row.dataset), [{ rowId: 'a' }, { rowId: 'b' }])
  assert.deepEqual(host.logs.filter(([level]) => level === 'error'), [])
})

test('a program has what WeChat gives, and nothing of the browser', async () => {
  const names = ['window', 'document', 'fetch', 'localStorage', 'XMLHttpRequest', 'navigator', 'location', 'self', 'URL', 'crypto', 'process']
  const files = {
    ...least,
    // A module may have names of its own that are withheld.
    'app.js': `const location = 'mine'; App({ location, seen: [${names.filter((n) => n !== 'location').map((n) => `typeof ${n}`)}], all: typeof globalThis.document, wx: globalThis.wx === wx })
      console.warn('careful', { a: 1 })`,
  }
  const phone = startPhone(await withFiles(files, (dir) => build(dir)))
  const { seen, location, all, wx } = phone.globals.getApp()
  assert.deepEqual([...new Set(seen)], ['undefined'])
  assert.deepEqual([location, all, wx], ['mine', 'undefined', true])
  assert.ok(phone.host.logs.some(([level, message]) => level === 'warn' && message === 'careful {"a":1}'))
  phone.close()
})

for (const [name, files] of [
  ['app', { 'app.js': "throw new Error('no luck')" }],
  ['page', { 'pages/a/a.js': "throw new Error('no luck')" }],
  ['inline WXS', { 'pages/a/a.wxml': '<wxs module="m">var none; none.luck = "no luck"</wxs>' }],
]) {
  test(`a program that throws as it starts says so on the screen and to the host: ${name}`, async () => {
    const phone = startPhone(await withFiles({ ...least, ...files }, (dir) => build(dir)))
    assert.match(phone.all('[role="alert"]')[0].textContent, /could not start: .*(no luck|setting 'luck')/)
    assert.ok(phone.host.logs.some(([level, message]) => level === 'error' && /luck/.test(message)))
    phone.close()
  })
}

test('tabs: each page is kept, and the bar says which one is in front', async () => {
  const page = (name) => `Page({ data: { name: '${name}' }, onShow() { getApp().trace.push('show ${name}') }, onHide() { getApp().trace.push('hide ${name}') }, onUnload() { getApp().trace.push('unload ${name}') } })`
  const files = {
    'app.json': JSON.stringify({
      pages: ['pages/a/a', 'pages/b/b', 'pages/c/c'],
      tabBar: { color: '#777777', selectedColor: '#067a3e', list: [{ pagePath: 'pages/a/a', text: 'A' }, { pagePath: 'pages/b/b', text: 'B' }] },
    }),
    'app.js': 'App({ trace: [] })',
    ...Object.fromEntries(['a', 'b', 'c'].flatMap((n) => [[`pages/${n}/${n}.js`, page(n)], [`pages/${n}/${n}.wxml`, '<view id="name">{{name}}</view>']])),
  }
  const { phone, all, globals, text, close } = startPhone(await withFiles(files, (dir) => build(dir)))
  const tabs = () => all('.phone-tab').map((tab) => `${tab.textContent}${tab.getAttribute('aria-current') ? '*' : ''}`)
  assert.deepEqual(tabs(), ['A*', 'B'])
  all('.phone-tab')[1].click()
  assert.deepEqual([phone.route, text('name'), ...tabs()], ['pages/b/b', 'b', 'A', 'B*'])
  await globals.wx.navigateTo({ url: '/pages/c/c' })
  assert.deepEqual(tabs(), [])
  assert.deepEqual(await failed(globals.wx.navigateTo({ url: '/pages/a/a' })), { errMsg: 'navigateTo:fail can not navigateTo a tabbar page' })
  await globals.wx.switchTab({ url: '/pages/a/a' })
  assert.deepEqual([text('name'), globals.getCurrentPages().length], ['a', 1])
  assert.deepEqual([...globals.getApp().trace], ['show a', 'hide a', 'show b', 'hide b', 'show c', 'unload c', 'show a'])
  close()
})
