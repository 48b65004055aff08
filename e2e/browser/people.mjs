import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import path from 'node:path'
import { control, openPlayground, screenshots, show } from './browser.mjs'

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** Buttons of WeChat's own dialogs on the phone, by what they do. */
const buttons = {
  allow: '.phone-ask-allow', refuse: '.phone-ask-refuse', own: '.phone-avatar-own', cancel: '.phone-list-cancel',
  yes: '.phone-modal-confirm', no: '.phone-modal-buttons button:first-child', done: '.phone-settings .phone-ask-buttons button',
}

/** Opens the playground and on its phone, logged in, the page of one's own data. */
export async function openPerson(browser, base, look) {
  const opened = await openPlayground(browser, base, look)
  const person = { ...opened, ...actionsOn(opened, look) }
  return { ...person, ids: await person.profile() }
}

/** What a person does on the phone, and what a test looks at. */
function actionsOn({ page, phone, faults, close }, look) {
  const dialog = phone.frame.locator('[role="dialog"]')
  const file = (name) => path.join(screenshots, `people-${name}-${look.lang}-${look.theme}-${look.width}.png`)
  const actions = {
    dialog,
    file,
    /** Waits for a button of a dialog of WeChat's. */
    shown: (button) => phone.frame.locator(buttons[button]).waitFor(),
    /** Goes from the first page to that of one's own data; returns what the first told. */
    async profile() {
      await phone.byId('openid').waitFor()
      const ids = { openid: await phone.text('openid'), unionid: await phone.text('unionid'), user: await phone.text('user-id') }
      await phone.tap('open-profile')
      await phone.byId('take-phone').or(phone.byId('phone-again')).waitFor()
      return ids
    },
    /** Presses a button of the dialog that WeChat shows. */
    async press(button) {
      await phone.frame.locator(buttons[button]).click()
      await phone.frame.locator(buttons[button]).waitFor({ state: 'detached' })
    },
    /** Answers the program's own dialog on privacy. */
    async privacy(answer) {
      await phone.byId('privacy').waitFor()
      await phone.tap(`${answer}-privacy`)
      await phone.byId('privacy').waitFor({ state: 'detached' })
    },
    /** Waits for a failure of this code, told in words. */
    async refusal(code) {
      const message = phone.byId('message')
      await message.getByText(code).waitFor()
      assert.equal(await message.count(), 1)
      assert.ok((await message.innerText()).length > code.length + 10, 'in words, and what to do')
    },
    async set(id) {
      await control(page, id)
      await show(page, 'phone')
    },
    async clear() {
      await show(page, 'diagram')
      await page.getByTestId('clear').click()
      await show(page, 'phone')
    },
    /** Chooses a file of the album. */
    async album(name) {
      await phone.frame.locator('.phone-avatar-own').waitFor()
      await phone.frame.locator('.phone-sheet input[type="file"]').setInputFiles(name)
    },
    /** Waits for an avatar at another address than `before`, and fetches it as anybody may. */
    async served(before) {
      const image = phone.byId('avatar-image').locator('img')
      await phone.frame.locator(`[id$="--avatar-image"] img${before ? `:not([src="${before}"])` : ''}`).waitFor()
      const { src, size } = await image.evaluate(async (img) => {
        await img.decode()
        return { src: img.src, size: img.naturalWidth === img.naturalHeight ? img.naturalWidth : NaN }
      })
      const answer = await fetch(src)
      assert.deepEqual([answer.status, answer.headers.get('x-content-type-options')], [200, 'nosniff'])
      assert.match(answer.headers.get('content-type'), /^image\/(jpeg|png)$/)
      return { src, size, bytes: Buffer.from(await answer.arrayBuffer()) }
    },
    async picture(name) {
      await page.screenshot({ path: file(name) })
    },
    /** axe finds nothing wrong with what is on the phone; login.test.mjs looks at what is around it. */
    async accessible(name) {
      const frame = page.frames().find((one) => one.url().endsWith('/playground/phone.html'))
      // As a debugger may, past the page's own rules for scripts.
      if (!(await frame.evaluate(() => 'axe' in globalThis))) await frame.evaluate(axe)
      const { violations } = await frame.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }))
      assert.deepEqual(violations.map((v) => `${name}: ${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join(', ')}`), [])
    },
    async done() {
      assert.deepEqual(faults, [])
      await close()
    },
  }
  return actions
}

/** A photograph that is wider than high, in a file. */
export async function pictureFile(page, dir) {
  const data = await page.evaluate(() => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 900, height: 600 })
    const pen = canvas.getContext('2d')
    pen.fillStyle = '#c8553d'
    pen.fillRect(0, 0, 900, 600)
    pen.fillStyle = '#f7e1c4'
    pen.fillRect(300, 150, 300, 300)
    return canvas.toDataURL('image/png').split(',')[1]
  })
  const file = path.join(dir, 'photograph.png')
  await writeFile(file, Buffer.from(data, 'base64'))
  return file
}
