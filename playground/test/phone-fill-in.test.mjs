import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withConsent } from './fixtures/consent.mjs'
import { dot } from './fixtures/phone.mjs'

const send = (wx, path) => new Promise((resolve, reject) => wx.uploadFile({ url: 'http://127.0.0.1:8080/v1/me/avatar', filePath: path, name: 'file', success: resolve, fail: reject }))

test('the WeChat avatar: a temporary path that is drawn and uploaded', () =>
  withConsent({}, async ({ tap, dialog, press, event, wx, host, byId, until }) => {
    tap('avatar')
    assert.match((await dialog('Choose an avatar')).querySelector('img').src, /^data:image\/png;base64,/)
    await press('Use WeChat avatar')
    const [type, { avatarUrl, ...rest }] = await event(1)
    assert.deepEqual([type, rest], ['chooseavatar', {}])
    assert.match(avatarUrl, /^wxfile:\/\/tmp_\d+\.png$/)
    await until(() => byId('picture').querySelector('img').src.startsWith('data:image/png;base64,'))
    void send(wx, avatarUrl)
    const call = await until(() => host.calls[0])
    assert.deepEqual([call.file.type, [...call.file.bytes]], ['image/png', [...dot]])
  }))

test('cancelled, or refused the guide: no event, and the console is told', () =>
  withConsent({ granted: {} }, async ({ tap, dialog, press, escape, heard, host, until, wechat }) => {
    tap('avatar')
    await dialog('Handle your information')
    await press('Agree')
    await dialog('Choose an avatar')
    await escape()
    await until(() => host.logs.length === 1)
    assert.deepEqual(host.logs, [['warn', 'chooseAvatar:fail cancel']])
    wechat.grants.clear()
    tap('avatar')
    await press('Deny')
    await until(() => host.logs.length === 2)
    assert.deepEqual(host.logs[1], ['warn', 'chooseAvatar:fail privacy permission is not authorized'])
    assert.deepEqual(heard(), [])
  }))

/** Chooses a file of the album; jsdom has neither pictures nor canvas, so the test plays them. */
async function chooseFile({ tap, dialog, window }, open) {
  const drawn = []
  window.createImageBitmap = open
  window.HTMLCanvasElement.prototype.getContext = () => ({ drawImage: (...args) => void drawn.push(args.slice(1)) })
  window.HTMLCanvasElement.prototype.toBlob = function (done, type) {
    const blob = new window.Blob(['jpeg'], { type })
    blob.arrayBuffer = async () => new TextEncoder().encode('jpeg').buffer
    done(blob)
  }
  tap('avatar')
  const input = (await dialog('Choose an avatar')).querySelector('input[type="file"]')
  assert.equal(input.accept, 'image/*')
  Object.defineProperty(input, 'files', { value: [new window.File(['x'], 'a.png', { type: 'image/png' })] })
  input.dispatchEvent(new window.Event('change'))
  return drawn
}

test('a picture of the album is cut to a square of at most 640 px', () =>
  withConsent({}, async (phone) => {
    const drawn = await chooseFile(phone, async () => ({ width: 3000, height: 1000, close() {} }))
    assert.match((await phone.event(1))[1].avatarUrl, /^wxfile:\/\/tmp_\d+\.jpeg$/)
    assert.deepEqual(drawn, [[1000, 0, 1000, 1000, 0, 0, 640, 640]])
  }))

test('a file that is no picture: said, and no event', () =>
  withConsent({}, async (phone) => {
    await chooseFile(phone, () => Promise.reject(new Error('no picture')))
    await phone.until(() => phone.all('[role="status"]')[0].textContent === 'This picture cannot be opened')
    await phone.until(() => phone.host.logs.length === 1)
    assert.deepEqual(phone.heard(), [])
  }))

test('a large file is read in pieces', () =>
  withConsent({ avatar: async () => ({ bytes: new Uint8Array(700_000), type: 'image/png' }) }, async ({ tap, press, event, wx }) => {
    tap('avatar')
    await press('Use WeChat avatar')
    const [, { avatarUrl }] = await event(1)
    assert.equal(wx.getFileSystemManager().readFileSync(avatarUrl, 'base64').length, 933_336)
  }))

const offer = ({ all }) => all('.phone-nickname')[0]

test('the nickname field offers the WeChat nickname, and the form collects it', () =>
  withConsent({}, async (phone) => {
    const { byId, until, event, heard, tap, window } = phone
    const control = byId('nickname').querySelector('input')
    control.focus()
    const bar = await until(() => offer(phone))
    assert.equal(bar.textContent, 'Use WeChat nickname: Alice')
    assert.equal(bar.dispatchEvent(new window.MouseEvent('mousedown', { bubbles: true, cancelable: true })), false, 'the field keeps the focus')
    bar.click()
    assert.equal(control.value, 'Alice')
    assert.equal(offer(phone), undefined)
    assert.deepEqual([(await event(1))[0], (await event(1))[1].value, await event(2)], ['input', 'Alice', ['change', { value: 'Alice' }]])
    control.blur()
    assert.deepEqual(await event(3), ['nicknamereview', { pass: true, timeout: false }])
    tap('submit')
    await until(() => heard().some(([type]) => type === 'submit'))
    assert.deepEqual(heard().at(-1)[1].value, { nickname: 'Alice', plain: '' })
  }))

test('a nickname that does not pass is cleared as the field is left', () =>
  withConsent({}, async ({ byId, type, until, heard }) => {
    const control = byId('nickname').querySelector('input')
    control.focus()
    type('nickname', '违规的名字')
    control.blur()
    await until(() => control.value === '')
    assert.deepEqual(heard().at(-1), ['nicknamereview', { pass: false, timeout: false }])
  }))

test('without consent, and on other fields, there is nothing but a field', () =>
  withConsent({ granted: {} }, async (phone) => {
    const { byId, type, heard, none } = phone
    for (const id of ['nickname', 'plain']) {
      const control = byId(id).querySelector('input')
      control.focus()
      await new Promise((resolve) => setImmediate(resolve))
      assert.ok(!offer(phone) && none())
      type(id, '违规')
      control.blur()
      assert.equal(control.value, '违规')
    }
    assert.deepEqual(heard().filter(([name]) => name === 'nicknamereview'), [])
  }))
