import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { exchange, launch, openPlayground } from './browser.mjs'
import { buildHufu, startDev } from './dev.mjs'

let dir, dev, browser

before(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'hufu-built-'))
  dev = await startDev(await buildHufu(dir))
  browser = await launch()
})

after(async () => {
  await browser?.close()
  await dev?.stop()
  await rm(dir, { recursive: true, force: true })
})

/** Opens the playground, logged in, everything as it should be. */
async function loggedIn(lang = 'en') {
  const opened = await openPlayground(browser, dev.url, { lang })
  const { page, phone } = opened
  await page.getByTestId('normal').click()
  await phone.byId('login').waitFor()
  if (!(await phone.byId('openid').isVisible())) await phone.tap('login')
  await phone.byId('openid').waitFor()
  return opened
}

/** Calls the backend, which needs a good token, and waits for what it answers. */
async function callWorks({ page, phone }) {
  await page.getByTestId('clear').click()
  await phone.tap('call-backend')
  await exchange(page, { to: 'backend', status: 200 }).first().waitFor()
}

for (const lang of ['en', 'zh']) {
  test(`${lang}: an expired token is replaced, and the call goes through`, async () => {
    const opened = await loggedIn(lang)
    await opened.page.getByTestId('token-expire').click()
    await callWorks(opened)
    await exchange(opened.page, { path: '/v1/refresh', status: 200 }).first().waitFor()
    assert.deepEqual(opened.faults, [])
    await opened.close()
  })

  test(`${lang}: a session that was ended is followed by a new login`, async () => {
    const opened = await loggedIn(lang)
    await opened.page.getByTestId('session-end').click()
    await callWorks(opened)
    await exchange(opened.page, { path: '/v1/login', status: 200 }).first().waitFor()
    await opened.close()
  })

  test(`${lang}: offline says so, and what was asked works again after it`, async () => {
    const opened = await loggedIn(lang)
    await opened.page.getByTestId('network-offline').click()
    await opened.phone.tap('call-backend')
    await opened.phone.byId('message').waitFor()
    await opened.page.getByTestId('network-online').click()
    await callWorks(opened)
    await opened.close()
  })

  test(`${lang}: the answer of a login is lost, and the same session comes by the same key`, async () => {
    const opened = await loggedIn(lang)
    const { page, phone } = opened
    await phone.tap('logout')
    await phone.byId('openid').waitFor({ state: 'hidden' })
    await page.getByTestId('clear').click()
    await page.getByTestId('network-lose_answer').click()
    await phone.tap('login')
    await phone.byId('openid').waitFor()
    await exchange(page, { path: '/v1/login', fault: 'lose_answer' }).first().waitFor()
    await exchange(page, { path: '/v1/login', status: 200 }).last().waitFor()
    assert.equal(await exchange(page, { path: '/sns/jscode2session', status: 200 }).count() >= 1, true)
    await opened.close()
  })

  test(`${lang}: WeChat is busy twice, and the login goes through`, async () => {
    const opened = await loggedIn(lang)
    const { page, phone } = opened
    await phone.tap('logout')
    await phone.byId('openid').waitFor({ state: 'hidden' })
    await page.getByTestId('wechat-busy').click()
    await phone.tap('login')
    await phone.byId('openid').waitFor()
    await opened.close()
  })

  for (const [control, name] of [['wechat-quota', 'the quota is used up'], ['user-blocked', 'WeChat blocks the user'], ['refuse', 'wx.login is refused']]) {
    test(`${lang}: ${name}: the phone says so in words, and logs in when it is over`, async () => {
      const opened = await loggedIn(lang)
      const { page, phone } = opened
      await phone.tap('logout')
      await phone.byId('openid').waitFor({ state: 'hidden' })
      await page.getByTestId(control).click()
      await phone.tap('login')
      await phone.byId('message').waitFor()
      assert.ok((await phone.text('message')).length > 5)
      await page.getByTestId('normal').click()
      await phone.tap('login')
      await phone.byId('openid').waitFor()
      await opened.close()
    })
  }

  for (const control of ['key-expire', 'key-rotate']) {
    test(`${lang}: ${control} does not touch our session`, async () => {
      const opened = await loggedIn(lang)
      await opened.page.getByTestId(control).click()
      await callWorks(opened)
      await opened.close()
    })
  }

  test(`${lang}: a slow network only takes longer`, async () => {
    const opened = await loggedIn(lang)
    await opened.page.getByTestId('network-slow').click()
    await callWorks(opened)
    await opened.close()
  })

  test(`${lang}: the second app knows the same person`, async () => {
    const opened = await loggedIn(lang)
    const { page, phone } = opened
    const user = await phone.text('user-id')
    const openid = await phone.text('openid')
    await page.getByTestId('app-wxdd00000000000002').click()
    await phone.byId('login').waitFor()
    if (!(await phone.byId('openid').isVisible())) await phone.tap('login')
    await phone.byId('openid').waitFor()
    assert.equal(await phone.text('user-id'), user)
    assert.notEqual(await phone.text('openid'), openid)
    await opened.close()
  })
}

test('a month later the session has ended, and the person is logged in again', async () => {
  const opened = await loggedIn()
  await opened.page.getByTestId('clock-month').click()
  await callWorks(opened)
  await exchange(opened.page, { path: '/v1/login', status: 200 }).first().waitFor()
  await opened.close()
})
