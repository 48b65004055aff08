import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { control, drawn, exchange, launch, openPlayground, screenshots, show } from './browser.mjs'
import { buildHufu, startDev } from './dev.mjs'

let dir, program, browser

before(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'hufu-built-'))
  program = await buildHufu(dir)
  browser = await launch()
})

after(async () => {
  await browser?.close()
  await rm(dir, { recursive: true, force: true })
})

// Each width in both languages and both themes; each with a server of its own,
// since what the panels set is set for all who look.
describe('every fault and its recovery', { concurrency: 3 }, () => {
  for (const [lang, theme, width, height] of [
    ['en', 'light', 1440, 900], ['zh', 'dark', 1440, 900], ['en', 'dark', 768, 1024],
    ['zh', 'light', 768, 1024], ['en', 'light', 360, 740], ['zh', 'dark', 360, 740],
  ]) {
    describe(`${lang}, ${theme}, ${width} px`, { concurrency: 1 }, () => faults({ lang, theme, width, height }))
  }
})

function faults(look) {
  let dev
  before(async () => (dev = await startDev(program)))
  after(() => dev?.stop())

  /** Opens the playground, everything as it should be, logged in. */
  async function loggedIn() {
    const opened = await openPlayground(browser, dev.url, look)
    const { page, phone } = opened
    await phone.byId('login').waitFor()
    await control(page, 'normal')
    await show(page, 'phone')
    await phone.byId('openid').waitFor()
    return opened
  }

  async function loggedOut() {
    const opened = await loggedIn()
    await opened.phone.tap('logout')
    await opened.phone.byId('openid').waitFor({ state: 'hidden' })
    await clear(opened)
    return opened
  }

  async function clear({ page }) {
    await show(page, 'diagram')
    await page.getByTestId('clear').click()
  }

  /** Calls the backend, which needs a good token, and waits for what it answers. */
  async function callWorks(opened) {
    await clear(opened)
    await opened.phone.tap('call-backend')
    await drawn(opened.page, { to: 'backend', status: 200 })
  }

  async function loginWorks({ phone }) {
    await phone.tap('login')
    await phone.byId('openid').waitFor()
  }

  /** Keeps a picture, and closes; nothing may have been said on the console. */
  async function done({ page, faults, close }, name) {
    await page.screenshot({ path: path.join(screenshots, `${name}-${look.lang}-${look.theme}-${look.width}.png`) })
    assert.deepEqual(faults, [])
    await close()
  }

  test('an expired token is replaced, and the call goes through', async () => {
    const opened = await loggedIn()
    await control(opened.page, 'token-expire')
    await callWorks(opened)
    await drawn(opened.page, { path: '/v1/refresh', status: 200 })
    await show(opened.page, 'diagram')
    await done(opened, 'token-expired')
  })

  test('a session that was ended is followed by a new login', async () => {
    const opened = await loggedIn()
    await control(opened.page, 'session-end')
    await callWorks(opened)
    await drawn(opened.page, { path: '/v1/login', status: 200 })
    await done(opened, 'session-ended')
  })

  test('offline is said in words, and what was asked works again after it', async () => {
    const opened = await loggedIn()
    await control(opened.page, 'network-offline')
    await opened.phone.tap('call-backend')
    await opened.phone.byId('message').waitFor()
    await control(opened.page, 'network-online')
    await callWorks(opened)
    await done(opened, 'offline')
  })

  for (const [mode, fault] of [['lose_answer', 'lose_answer'], ['lose_request', 'lose_request']]) {
    test(`${mode} of a login: it is repeated with the same code and key`, async () => {
      const opened = await loggedOut()
      await control(opened.page, `network-${mode}`)
      await loginWorks(opened)
      await drawn(opened.page, { path: '/v1/login', fault })
      await drawn(opened.page, { path: '/v1/login', status: 200 })
      assert.equal(await exchange(opened.page, { from: 'phone', to: 'wechat', path: 'wx.login' }).count(), 1, 'one code is enough')
      await show(opened.page, 'diagram')
      await done(opened, mode)
    })
  }

  test('WeChat is busy twice, and the login goes through', async () => {
    const opened = await loggedOut()
    await control(opened.page, 'wechat-busy')
    await loginWorks(opened)
    await done(opened, 'busy')
  })

  for (const [id, name] of [['wechat-quota', 'the quota is used up'], ['user-blocked', 'WeChat blocks the user'], ['refuse', 'wx.login is refused']]) {
    test(`${name}: the phone says so in words, and logs in when it is over`, async () => {
      const opened = await loggedOut()
      await control(opened.page, id)
      await opened.phone.tap('login')
      await opened.phone.byId('message').waitFor()
      assert.ok((await opened.phone.text('message')).length > 5)
      await control(opened.page, 'normal')
      await loginWorks(opened)
      await done(opened, id)
    })
  }

  for (const id of ['key-expire', 'key-rotate']) {
    test(`${id} does not touch our session`, async () => {
      const opened = await loggedIn()
      await control(opened.page, id)
      await callWorks(opened)
      assert.equal(await exchange(opened.page, { path: '/v1/login' }).count(), 0)
      await done(opened, id)
    })
  }

  test('a slow network only takes longer', async () => {
    const opened = await loggedIn()
    await control(opened.page, 'network-slow')
    await callWorks(opened)
    await control(opened.page, 'normal')
    await done(opened, 'slow')
  })

  test('the second app knows the same person', async () => {
    const opened = await loggedIn()
    const { page, phone } = opened
    const user = await phone.text('user-id')
    const openid = await phone.text('openid')
    await control(page, 'app-wxdd00000000000002')
    await show(page, 'phone')
    await phone.byId('openid').filter({ hasNotText: openid }).waitFor()
    assert.equal(await phone.text('user-id'), user)
    await done(opened, 'two-apps')
  })

  // Last, since time does not go back.
  test('a month later the session has ended, and the person is logged in again', async () => {
    const opened = await loggedIn()
    await control(opened.page, 'clock-month')
    await callWorks(opened)
    await drawn(opened.page, { path: '/v1/login', status: 200 })
    await done(opened, 'clock')
  })
}
