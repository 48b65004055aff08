import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { drawn, launch, openPlayground } from './browser.mjs'
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

// What each deep link leads to without a tap.
const seen = {
  'first-login': { path: '/v1/login', status: 200 },
  'two-apps': { path: '/v1/login', status: 200 },
  'session-key-expired': { path: '/v1/login', status: 200 },
  'session-key-rotated': { path: '/v1/login', status: 200 },
  'session-revoked': { path: '/v1/login', status: 200 },
  'token-expired': { path: '/v1/login', status: 200 },
  'own-data': { path: '/v1/login', status: 200 },
  'phone-refused': { path: '/v1/login', status: 200 },
  'phone-barred': { path: '/v1/login', status: 200 },
  'stale-key-data': { path: '/v1/login', status: 200 },
  'old-profile': { path: '/v1/login', status: 200 },
  offline: { from: 'phone', path: 'wx.login' }, // which needs the network as well
  slow: { path: '/v1/login', status: 200 },
  'lost-request': { path: '/v1/login', fault: 'lose_request' },
  'lost-answer': { path: '/v1/login', fault: 'lose_answer' },
  'wechat-busy': { path: '/v1/login', status: 200 },
  'wechat-quota': { path: '/v1/login', status: 429 },
  'user-blocked': { path: '/v1/login', status: 403 },
  refuse: { from: 'phone', to: 'wechat', path: 'wx.login' },
  clock: { path: '/v1/login', status: 200 },
}

test('each deep link sets up its scenario', async () => {
  const dev = await startDev(program)
  try {
    for (const [id, what] of Object.entries(seen)) {
      const { page, faults, close } = await openPlayground(browser, dev.url, { query: `scenario=${id}` })
      await page.locator(`[data-testid="scenario"][data-scenario="${id}"]`).waitFor()
      await drawn(page, what).catch((e) => assert.fail(`${id}: ${e.message}`))
      await page.getByTestId('normal').click()
      await page.getByTestId('network-state').waitFor()
      assert.deepEqual(faults, [], id)
      await close()
    }
  } finally {
    await dev.stop()
  }
})
