import assert from 'node:assert/strict'
import { test } from 'node:test'
import { open } from './program.mjs'

const user = { id: 'usr_1', openid: 'oAlice', unionid: null }
const session = { sessionId: 'ses_1', user, isNewUser: true }

/** A client whose calls wait until the test answers them. */
function client() {
  const listeners = {}
  const calls = []
  const call = (name) => (options) => new Promise((resolve, reject) => calls.push({ name, options, resolve, reject }))
  const hufu = {
    session: null,
    on(event, listener) {
      listeners[event] = listener
      return () => delete listeners[event]
    },
    ...Object.fromEntries(['login', 'request', 'checkSession', 'logout', 'sessions', 'endSession'].map((name) => [name, call(name)])),
  }
  const tell = (event, held) => {
    hufu.session = held
    listeners[event]?.(held)
  }
  return { hufu, calls, listeners, tell }
}

/** Lets everything that is due run. */
const settle = () => new Promise((resolve) => setImmediate(resolve))

/** The first page, logged in. */
async function home(language) {
  const it = client()
  it.hufu.session = session
  const page = await open('pages/index/index.ts', { hufu: it.hufu, language })
  await settle()
  return { ...it, page }
}

test('the login of the launch is shown, and nothing logs in again for it', async () => {
  const { page, calls } = await home('en')
  assert.equal(page.data.status, 'Logged in')
  assert.deepEqual(Array.from(page.data.rows, (row) => row.value), ['usr_1', 'oAlice', page.data.t.noUnionid])
  assert.equal(page.data.isNew, true)
  assert.deepEqual(calls, [])
})

test('a login that fails is told in words, in the card where it was asked for', async () => {
  const { hufu } = client()
  const launched = Promise.reject(new Error('no'))
  launched.catch(() => {})
  const page = await open('pages/index/index.ts', { hufu, launched, language: 'zh_CN' })
  await settle()
  assert.equal(page.data.status, '未登录')
  assert.equal(page.data.failedIn, 'identity')
  assert.match(page.data.failure.what, /。$/)
  assert.equal(page.data.pending.login, false)
})

test('a second tap does nothing while the first is under way', async () => {
  const { page, calls } = await home()
  page.login()
  page.login()
  await settle()
  assert.equal(calls.length, 1)
  assert.equal(page.data.pending.login, true)
  calls[0].resolve(session)
  await settle()
  assert.equal(page.data.pending.login, false)
})

test('a login asked for during a logout waits for it, and is then a plain one', async () => {
  const { page, calls, tell } = await home()
  page.logout()
  page.login()
  await settle()
  assert.deepEqual(calls.map((call) => call.name), ['logout'])
  tell('logout', null)
  calls[0].resolve()
  await settle()
  assert.deepEqual(calls.map((call) => call.name), ['logout', 'login'])
  assert.equal(calls[1].options.force, false)
})

test('a note that may have been lost is sent again under the same id, another one under its own', async () => {
  const { page, calls } = await home()
  const write = (value) => page.writeNote({ detail: { value } })
  write('milk')
  page.addNote()
  await settle()
  calls[0].reject(new Error('lost'))
  await settle()
  page.addNote()
  await settle()
  assert.equal(calls[0].options.idempotent, true)
  assert.equal(calls[1].options.data.client_id, calls[0].options.data.client_id)
  assert.equal(calls[1].options.data.text, 'milk')
  calls[1].resolve({ data: {} })
  await settle()
  calls[2].resolve({ data: { data: [{ id: '1', text: 'milk' }] } })
  await settle()
  assert.equal(page.data.noteText, '')
  assert.deepEqual(page.data.notes.map((note) => note.text), ['milk'])

  write('bread')
  page.addNote()
  await settle()
  assert.notEqual(calls[3].options.data.client_id, calls[0].options.data.client_id)
})

test('what the client did by itself is told, what the user did is not', async () => {
  const { page, calls, tell, listeners } = await home('en')
  tell('refresh', session)
  assert.match(page.data.recovery, /^\d\d:\d\d:\d\d The access token was refreshed$/)
  assert.equal(page.data.recoveredIn, 'identity')
  page.loadNotes()
  assert.equal(page.data.recoveredIn, '', 'what was told is told once')
  await settle()
  tell('expired', null)
  assert.equal(page.data.status, 'Not logged in')
  tell('login', session)
  assert.match(page.data.recovery, /logged in again$/)
  assert.equal(page.data.recoveredIn, 'backend', 'where the user tapped')
  page.check()
  tell('login', session)
  assert.equal(page.data.recoveredIn, '', 'another page wanted it: no session was over')
  page.login()
  await settle()
  tell('login', session)
  assert.equal(page.data.recoveredIn, '')
  page.onUnload()
  assert.deepEqual(listeners, {})
})

test('the check tells our session and WeChat’s key apart', async () => {
  const { page, calls } = await home('en')
  page.check()
  await settle()
  assert.equal(calls[0].options.wechat, true)
  calls[0].resolve({ active: true, expires_at: '2026-11-21T10:32:36Z', wechat_session: 'expired' })
  await settle()
  assert.match(page.data.checked[0], /alive/)
  assert.equal(page.data.checked[1], page.data.t.keyExpired)
})

test('the list of sessions: another is ended and gone, one’s own leads back', async () => {
  const item = (id, current) => ({
    session_id: id, current, device: current ? { model: 'Phone', system: 'OS 1' } : null, created_at: '2026-11-21T10:32:36Z', last_used_at: '2026-11-21T10:32:36Z',
  })
  const { hufu, calls } = client()
  const page = await open('pages/sessions/sessions.ts', { hufu, language: 'en' })
  calls[0].resolve([item('ses_1', true), item('ses_2', false)])
  await settle()
  assert.deepEqual(Array.from(page.data.sessions, (line) => line.device), ['Phone', 'Unknown device'])
  const tap = (id) => page.end({ currentTarget: { dataset: { id } } })
  tap('ses_2')
  tap('ses_2')
  await settle()
  assert.deepEqual(calls.slice(1).map((call) => [call.name, call.options]), [['endSession', 'ses_2']])
  calls[1].resolve()
  await settle()
  calls[2].resolve([item('ses_1', true)])
  await settle()
  assert.equal(page.data.sessions.length, 1)
  tap('ses_1')
  calls[3].resolve()
  await settle()
  assert.deepEqual(page.wx.told, [['navigateBack']])
})
