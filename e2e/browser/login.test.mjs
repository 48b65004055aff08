import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { gzipSync } from 'node:zlib'
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

test('one tap: the openid stands on the phone and the arrows on the diagram', async () => {
  const { page, phone, faults, close } = await openPlayground(browser, dev.url)
  await phone.byId('login').waitFor()
  if (await phone.byId('openid').isVisible()) await phone.tap('logout')
  await phone.tap('login')
  await phone.byId('openid').getByText(/o[\w-]{20,}/).waitFor()
  await exchange(page, { from: 'phone', to: 'hufu', path: '/v1/login', status: 200 }).first().waitFor()
  await exchange(page, { from: 'hufu', to: 'wechat', path: '/sns/jscode2session', status: 200 }).first().waitFor()
  await exchange(page, { from: 'phone', to: 'wechat' }).first().waitFor()
  assert.deepEqual(faults, [])
  await close()
})

test('the first paint is quick, and what is loaded is small and all from here', async () => {
  const sizes = {}
  for (const name of ['app.js', 'app.css', 'phone.js', 'phone.css', 'program.js']) {
    const response = await fetch(`${dev.url}/playground/${name}`)
    assert.equal(response.status, 200, name)
    sizes[name] = gzipSync(Buffer.from(await response.arrayBuffer())).length
  }
  const total = Object.values(sizes).reduce((a, b) => a + b)
  assert.ok(total <= 250_000, `${total} bytes gzipped: ${JSON.stringify(sizes)}`)

  const { page, phone, faults, close } = await openPlayground(browser, dev.url)
  await phone.byId('login').waitFor()
  const paint = await page.evaluate(() => new Promise((resolve) => {
    new PerformanceObserver((list) => resolve(list.getEntries().at(-1).startTime)).observe({ type: 'largest-contentful-paint', buffered: true })
  }))
  console.log(`largest paint after ${Math.round(paint)} ms; JS and CSS ${total} bytes gzipped`)
  assert.deepEqual(faults, [])
  await close()
})

for (const theme of ['light', 'dark']) {
  test(`axe finds nothing, ${theme}`, async () => {
    const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
    const { page, phone, close } = await openPlayground(browser, dev.url, { theme })
    await phone.byId('login').waitFor()
    // As a debugger may, past the page's own rules for scripts; in the phone too.
    for (const frame of page.frames()) await frame.evaluate(axe)
    for (const step of ['start', 'after a login']) {
      if (step !== 'start') {
        await phone.tap('login')
        await phone.byId('openid').waitFor()
        await exchange(page, { path: '/v1/login' }).first().click()
      }
      const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }))
      assert.deepEqual(violations.map((v) => `${step}: ${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join(', ')}`), [])
    }
    await close()
  })
}

test('no secret reaches the browser but the tokens that are the phone\'s own', async () => {
  const { page, phone, close } = await openPlayground(browser, dev.url)
  const seen = []
  page.on('response', async (r) => seen.push(await r.text().catch(() => '')))
  await phone.byId('login').waitFor()
  await phone.tap('login')
  await phone.byId('openid').waitFor()
  const text = `${await page.content()}${seen.join('')}`
  assert.doesNotMatch(text, /fa4e5ec4e7/, 'the AppSecret of a demo app')
  assert.doesNotMatch(text, /"session_key"\s*:\s*"[^"]/, 'a session_key')
  await exchange(page, { from: 'hufu', to: 'wechat', path: '/sns/jscode2session' }).first().click()
  assert.ok(await page.getByTestId('lock').count() > 0, 'the details draw the secrets as locks')
  await close()
})
