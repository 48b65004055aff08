import assert from 'node:assert/strict'
import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { exchange, launch, openPlayground, screenshots } from './browser.mjs'
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

for (const lang of ['en', 'zh']) {
  for (const theme of ['light', 'dark']) {
    for (const [width, height] of [[360, 740], [768, 1024], [1440, 900]]) {
      test(`${lang}, ${theme}, ${width} px`, async () => {
        const { page, phone, faults, close } = await openPlayground(browser, dev.url, { lang, theme, width, height })
        await phone.byId('login').waitFor()
        await phone.byId('openid').waitFor()
        if (width > 700) await exchange(page, { path: '/v1/login' }).first().waitFor()
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
        assert.equal(overflow, 0, 'nothing stands out to the side')
        await page.screenshot({ path: path.join(screenshots, `${lang}-${theme}-${width}.png`) })
        assert.deepEqual(faults, [])
        // The picture on the README's first screen, when it is to be taken anew.
        if (process.env.UPDATE_PICTURES === '1' && theme === 'light' && width === 1440) {
          const images = path.resolve(import.meta.dirname, '../../docs/images')
          await copyFile(path.join(screenshots, `${lang}-${theme}-${width}.png`), path.join(images, `playground-${lang}.png`))
        }
        await close()
      })
    }
  }
}

test('the tour has three steps and is not shown again', async () => {
  const { page, close } = await openPlayground(browser, dev.url, { tour: true })
  for (let step = 0; step < 3; step++) {
    await page.getByTestId('tour').waitFor()
    await page.getByTestId('tour-next').click()
  }
  await page.getByTestId('tour').waitFor({ state: 'hidden' })
  await page.reload()
  await page.getByTestId('normal').waitFor()
  assert.equal(await page.getByTestId('tour').isVisible(), false)
  await close()
})
