import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { after, before, describe, test } from 'node:test'
import { control, drawn, exchange, launch, patience, show } from './browser.mjs'
import { buildHufu, startDev } from './dev.mjs'
import { openPerson } from './people.mjs'

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

describe('a person in two apps, who leaves', { concurrency: 2 }, () => {
  for (const [lang, theme, width, height] of [['zh', 'light', 360, 740], ['en', 'dark', 1440, 900]]) {
    describe(`${lang}, ${theme}, ${width} px`, { concurrency: 1 }, () => leaving({ lang, theme, width, height }))
  }
})

const nickname = 'Zhuge-Kongming'

function leaving(look) {
  let dev, p, first, second, traces
  before(async () => {
    dev = await startDev(program)
    p = await openPerson(browser, dev.url, look)
    first = p.ids
  })
  after(async () => {
    await p?.close()
    await dev?.stop()
  })

  /** Keeps a picture of what is on the phone, and has axe look at it. */
  async function record(name) {
    await p.picture(name)
    await p.accessible(name)
  }

  /** Takes the phone to an app of the person's, and there to the page of their own data. */
  async function takeTo(appid, openid) {
    await control(p.page, `app-${appid}`)
    await show(p.page, 'phone')
    await p.phone.byId('openid').filter({ hasNotText: openid }).waitFor()
    return p.profile()
  }

  test('the second app finds the same person, and their nickname, avatar and phone number', async () => {
    const { phone } = p
    await phone.tap('take-phone')
    await p.privacy('agree')
    await p.press('allow')
    await phone.byId('phone-again').waitFor()
    await phone.tap('avatar')
    await p.press('own')
    const avatar = await p.served()
    await phone.byId('nickname-text').locator('input').fill(nickname)
    await phone.tap('save-nickname')
    await phone.byId('saved').waitFor()
    const number = await phone.text('phone-number')

    second = await takeTo('wxdd00000000000002', first.openid)
    assert.deepEqual([second.user, second.unionid], [first.user, first.unionid])
    assert.notEqual(second.openid, first.openid)
    assert.deepEqual([await phone.text('nickname'), await phone.text('phone-number')], [nickname, number])
    assert.equal((await p.served()).src, avatar.src)
    await p.picture('second-app')
    await show(p.page, 'controls')
    await p.page.getByTestId('same-person').scrollIntoViewIfNeeded()
    await p.page.screenshot({ path: p.file('same-person') })
    await show(p.page, 'phone')

    const { data } = await (await fetch(`${dev.url}/sim/v1/users`)).json()
    const digits = data.find(({ name }) => name === 'alice').phone_number.replace(/\D/g, '').slice(-11)
    traces = [first.openid, second.openid, first.unionid, nickname, path.basename(new URL(avatar.src).pathname), number, digits]
    const { found } = await searched(dev.data, traces)
    assert.deepEqual(found, traces.slice(0, -1), 'all is there, and the whole number sealed')
  })

  test('erased in the second app, the person is still who they were in the first', async () => {
    const { phone, page } = p
    await phone.tap('erase-here')
    await p.shown('yes')
    await record('erase-here')
    await p.press('no')
    assert.equal(await exchange(page, { path: '/v1/me', status: 204 }).count(), 0)
    await phone.tap('erase-here')
    await p.press('yes')
    await phone.byId('erased').waitFor()
    await record('erased-here')
    assert.equal(await page.getByTestId('same-person').count(), 0, 'nobody is seen in the second app any more')
    const { found } = await searched(dev.data, [second.openid], 0)
    assert.deepEqual(found, [])
    await phone.tap('log-in')
    await phone.byId('user-id').waitFor()
    assert.deepEqual([await phone.text('user-id'), await phone.text('nickname')], [first.user, nickname])
  })

  test('erased everywhere, with a login that is too old: one more login, and nothing of the person is left', async () => {
    const { phone, page } = p
    await control(page, 'clock-hour')
    await page.getByTestId('clock-state').getByText(/[1-9]/).waitFor()
    await p.clear()
    await phone.tap('erase-everywhere')
    await p.shown('yes')
    await record('erase-everywhere')
    await p.press('yes')
    await phone.byId('erased').waitFor()
    await record('erased')
    await drawn(page, { path: '/v1/me', status: 409 })
    await drawn(page, { path: '/v1/me', status: 204 })
    assert.equal(await exchange(page, { path: '/v1/login' }).count(), 1)
    await show(page, 'diagram')
    await page.screenshot({ path: p.file('login-too-old') })
    await show(page, 'controls')
    assert.equal(await page.getByTestId('seen').locator('code').count(), 0)
    await show(page, 'phone')
    const { found, files } = await searched(dev.data, traces, 0)
    assert.deepEqual(found, [])
    assert.ok(files > 1, 'the database and its log were read')
    for (const trace of traces) assert.ok(!dev.output.includes(trace), 'nor in what hufu wrote')
  })

  test('who comes back is somebody new, in both apps', async () => {
    const { phone } = p
    await phone.tap('log-in')
    await phone.byId('user-id').waitFor()
    const user = await phone.text('user-id')
    assert.notEqual(user, first.user)
    assert.equal(await phone.byId('avatar-image').count(), 0)
    assert.equal(await phone.byId('phone-again').count(), 0)
    await record('new')
    await takeTo('wxdd00000000000001', second.openid)
    // The first page may still show what the phone has kept; with the first call that is over.
    assert.equal(await phone.text('user-id'), user)
    assert.notEqual(await phone.text('nickname'), nickname)
    assert.deepEqual(p.faults, [])
  })
}

/**
 * Which of the texts stand in a file under dir, byte by byte. With `until` it is
 * looked for again until so many are left: the database's log is emptied within
 * a second.
 */
async function searched(dir, texts, until) {
  for (const end = Date.now() + patience; ; await delay(50)) {
    const entries = await readdir(dir, { recursive: true, withFileTypes: true })
    const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath ?? entry.path, entry.name))
    const contents = await Promise.all(files.map((file) => readFile(file)))
    const found = texts.filter((text) => contents.some((content) => content.includes(text)))
    if (until === undefined || found.length <= until || Date.now() > end) return { found, files: files.length }
  }
}
