import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { drawn, exchange, launch, show } from './browser.mjs'
import { buildHufu, startDev } from './dev.mjs'
import { openPerson, pictureFile } from './people.mjs'

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

// The narrowest with the longer texts as well, since there they have the least room.
describe('a person and what WeChat tells of them', { concurrency: 3 }, () => {
  for (const [lang, theme, width, height] of [['zh', 'light', 360, 740], ['en', 'dark', 1440, 900], ['en', 'light', 360, 740]]) {
    describe(`${lang}, ${theme}, ${width} px`, { concurrency: 1 }, () => person({ lang, theme, width, height }))
  }
})

function person(look) {
  let dev, p
  before(async () => {
    dev = await startDev(program)
    p = await openPerson(browser, dev.url, look)
  })
  after(async () => {
    await p?.close()
    await dev?.stop()
  })
  const { lang } = look
  const sent = (of) => exchange(p.page, { from: 'phone', to: 'hufu', path: of }).count()

  /** Keeps a picture of what is on the phone, and has axe look at it. */
  async function record(name) {
    await p.picture(name)
    await p.accessible(name)
  }

  test('the privacy guide: read, refused, agreed to', async () => {
    await record('profile')
    await p.phone.tap('avatar')
    await p.phone.byId('privacy').waitFor()
    await record('privacy')
    await p.phone.tap('read-privacy')
    await p.shown('yes')
    await record('guide')
    await p.press('yes')
    await p.privacy('refuse')
    await p.refusal('privacy_denied')
    await record('privacy-refused')
    await p.phone.tap('take-phone')
    await p.privacy('refuse')
    await p.refusal('privacy_denied')
    assert.equal(await sent('/v1/me/phone'), 0, 'who refuses sends nothing')
    await p.phone.tap('avatar')
    await p.privacy('agree')
    await p.shown('own')
  })

  test('the avatar: cancelled, WeChat\'s own, one of the album', async () => {
    await record('avatars')
    await p.press('cancel')
    assert.equal(await sent('/v1/me/avatar'), 0)
    await p.phone.tap('avatar')
    await p.press('own')
    const own = await p.served()
    await record('avatar')
    await p.phone.tap('avatar')
    await p.album(await pictureFile(p.page, dir))
    const album = await p.served(own.src)
    assert.notDeepEqual(album.bytes, own.bytes)
    assert.deepEqual([album.size, album.size > own.size], [512, true], 'cut to a square, and made smaller')
    assert.equal(await fetch(own.src).then(({ status }) => status), 404, 'the one before is gone')
  })

  test('the nickname: WeChat\'s, one\'s own, and what is not let pass', async () => {
    const field = p.phone.byId('nickname-text').locator('input')
    const save = async (name) => {
      await p.phone.tap('save-nickname')
      await p.phone.byId('saved').waitFor()
      assert.equal(await p.phone.text('nickname'), name)
    }
    await field.click()
    await p.phone.frame.locator('.phone-nickname').waitFor()
    await record('nickname')
    await p.phone.frame.locator('.phone-nickname').click()
    await save('alice')
    await field.fill('  小丽 🐅 ')
    await save('小丽 🐅')
    await record('saved')
    await field.fill('违规')
    await field.blur()
    await p.phone.frame.locator('.phone-toast').waitFor()
    assert.equal(await field.inputValue(), '', 'WeChat has cleared it')
    await p.phone.tap('save-nickname')
    await p.refusal('nickname_empty')
    await record('nickname-refused')
    await field.fill('\u202e')
    await p.phone.tap('save-nickname')
    await p.refusal('invalid_request')
    await p.picture('nickname-invalid')
    assert.equal(await p.phone.text('nickname'), '小丽 🐅')
  })

  test('the phone number: not given for four reasons, then given, also in real time', async () => {
    await p.phone.tap('take-phone')
    await p.shown('allow')
    await record('phone')
    await p.press('refuse')
    await p.refusal('user_denied')
    await record('phone-refused')
    for (const [id, code] of [['no_permission', 'no_permission'], ['quota', 'quota_exhausted'], ['undeclared', 'privacy_undeclared']]) {
      await p.set(`phone-${id}`)
      await p.phone.tap('take-phone')
      await p.refusal(code)
      await p.picture(`phone-${id}`)
    }
    assert.equal(await sent('/v1/me/phone'), 0)
    await p.set('phone-works')
    await p.phone.tap('take-phone')
    await p.press('allow')
    await p.phone.byId('phone-again').waitFor()
    const number = await p.phone.text('phone-number')
    assert.match(number, /^1\d\d\*{4}\d{4}$/)
    await p.phone.tap('phone-again')
    await p.phone.tap('take-phone-now')
    await p.shown('allow')
    await record('phone-now')
    await p.press('allow')
    await p.phone.byId('phone-again').waitFor()
    assert.equal(await p.phone.text('phone-number'), number)
    assert.equal(await sent('/v1/me/phone'), 2)
    await p.picture('number')
  })

  test('the steps: refused, allowed in the settings; under a new key after one login', async () => {
    await p.phone.tap('take-steps')
    await p.shown('allow')
    await record('steps')
    await p.press('refuse')
    await p.refusal('user_denied')
    await p.phone.tap('take-steps')
    await p.refusal('user_denied')
    assert.ok(await p.dialog.count() === 0, 'WeChat asks once')
    await p.phone.tap('open-settings')
    await p.shown('done')
    await record('settings')
    await p.phone.frame.locator('.phone-toggle').click()
    await p.press('done')
    await p.phone.tap('take-steps')
    await p.phone.byId('days').waitFor()
    await record('days')
    await p.clear()
    await p.set('key-rotate')
    await p.phone.tap('take-steps')
    await drawn(p.page, { path: '/v1/me/decrypt', status: 200 })
    assert.deepEqual(await Promise.all([sent('/v1/me/decrypt'), sent('/v1/login')]), [2, 1], 'refused, one login, other data')
    assert.equal(await exchange(p.page, { path: '/v1/me/decrypt', status: 422 }).count(), 1)
    assert.equal(await p.phone.byId('message').count(), 0)
    await show(p.page, 'diagram')
    await p.page.screenshot({ path: p.file('stale-key') })
    await p.clear()
    await p.set('key-expire')
    await p.phone.tap('take-steps')
    await drawn(p.page, { path: '/v1/me/decrypt', status: 200 })
    assert.deepEqual(await Promise.all([sent('/v1/me/decrypt'), sent('/v1/login')]), [1, 1], 'WeChat gave nothing before the login')
    assert.match(p.faults.pop(), /^console: .* 409 /, 'which the browser tells by itself')
    assert.equal(await p.phone.byId('message').count(), 0)
  })

  test('the older ways, by the rules of their times', async () => {
    const words = { zh: ['没有提交', '已采用微信给的'], en: ['nothing was sent', 'Took over WeChat'] }[lang]
    const told = (text) => p.phone.byId('older').getByText(text).waitFor()
    await p.phone.tap('older-profile')
    await p.shown('allow')
    await record('older')
    await p.press('refuse')
    await p.refusal('user_denied')
    for (const [rules, button, ways] of [
      ['today', 'older-profile', [true, false]], ['today', 'older-button', [false, false]],
      ['2021', 'older-profile', [true, true]], ['2021', 'older-button', [false, false]],
      ['2020', 'older-button', [true, true]], ['2020', 'older-profile', [true, true]],
    ]) {
      const [asks, real] = ways
      await p.set(`rules-${rules}`)
      await p.clear()
      await p.phone.tap(button)
      if (asks) await p.press('allow')
      await told(words[Number(real)])
      assert.equal(await sent('/v1/me/userinfo'), Number(real), `${rules}, ${button}`)
      await p.picture(`${button}-${rules}`)
    }
    assert.equal(await p.phone.text('nickname'), 'alice', 'the profile of WeChat')
  })

  test('a consent is told with the login', async () => {
    await p.clear()
    await p.phone.tap('agree-policy')
    await p.phone.byId('agreed').getByText('2026-11').waitFor()
    await show(p.page, 'diagram')
    await exchange(p.page, { path: '/v1/login', status: 200 }).click()
    await p.page.getByTestId('details').getByText('policy_version').first().waitFor()
    await p.page.screenshot({ path: p.file('consent') })
    await p.page.keyboard.press('Escape')
    await show(p.page, 'phone')
    await record('agreed')
  })

  test('nothing was said on the console, and nothing came from outside', () => assert.deepEqual(p.faults, []))
}
