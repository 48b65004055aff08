import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { build, fakeHost, startPhone, until } from './fixtures/phone.mjs'

const root = path.resolve(import.meta.dirname, '../..')
const base = 'http://127.0.0.1:8080'

let dir, built

before(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'hufu-example-'))
  await cp(path.join(root, 'examples/miniprogram'), path.join(dir, 'program'), { recursive: true, filter: (file) => !/node_modules|miniprogram_npm/.test(file) })
  const sdk = path.join(dir, 'node_modules/@hufu/miniprogram')
  await mkdir(sdk, { recursive: true })
  // The SDK as it is written now, whether somebody built it or not, with both its entries.
  await promisify(execFile)(process.execPath, [path.join(root, 'sdk/miniprogram/build.mjs'), '--out', sdk])
  await writeFile(path.join(sdk, 'package.json'), '{ "miniprogram": "miniprogram_dist" }')
  built = await build(path.join(dir, 'program'))
  startPhone(built).close()
})

after(() => rm(dir, { recursive: true, force: true }))

const user = {
  id: 'usr_1', openid: 'oExample0123456789abcdefghij', unionid: 'uExample', nickname: null, avatar_url: null, phone_number: null,
  created_at: '2026-01-01T00:00:00Z', last_login_at: '2026-01-01T00:00:00Z',
}

const session = (n) => ({
  access_token: `access-${n}`, token_type: 'Bearer', expires_in: 900, refresh_token: `refresh-${n}`, refresh_expires_in: 86_400, session_id: 'ses_1', user, is_new_user: true,
})

/** A host whose network answers as hufu and the sample backend do. */
function servedHost(overrides = {}) {
  const notes = []
  let logins = 0
  const seen = []
  const routes = {
    'POST /v1/login': () => [200, session(++logins)],
    'GET /v1/me': () => [200, user],
    'GET /v1/session': () => [200, { active: true, session_id: 'ses_1', user_id: user.id, appid: 'wxfixture', issued_at: user.created_at, expires_at: '2026-12-01T00:00:00Z', wechat_session: 'valid' }],
    'DELETE /v1/session': () => [204, ''],
    'GET /v1/sessions': () => [200, { data: [{ session_id: 'ses_1', device: { model: 'here' }, created_at: user.created_at, last_used_at: user.created_at, current: true }], next_cursor: null }],
    'GET /sample/notes': () => [200, { data: notes }],
    'POST /sample/notes': ({ data }) => [201, notes.push({ id: `n${notes.length}`, text: JSON.parse(data).text, created_at: user.created_at }) && notes.at(-1)],
    ...overrides,
  }
  const host = fakeHost({ appid: 'wxdd00000000000001', extConfig: { hufu: { baseURL: base } } })
  const send = host.send
  host.seen = seen
  host.send = (call) => {
    const task = send(call)
    const key = `${call.method} ${call.url.slice(base.length).split('?')[0]}`
    seen.push(key)
    const [status, body] = routes[key]?.(call) ?? [404, { code: 'not_found', status: 404 }]
    host.calls.at(-1).answer(body, status)
    return task
  }
  return host
}

async function withExample(work, host = servedHost()) {
  const phone = startPhone(built, { host })
  try {
    await work(phone, host)
    assert.deepEqual(phone.errors, [])
    assert.deepEqual(host.logs.filter(([level]) => level === 'error'), [])
  } finally {
    phone.close()
  }
}

test('it logs in at launch: the openid stands on the page', () => withExample(async ({ text }, host) => {
  await until(() => text('openid') === user.openid, 'the openid')
  assert.equal(text('unionid'), user.unionid)
  assert.equal(text('user-id'), user.id)
  const [login] = host.calls
  assert.deepEqual([JSON.parse(login.data).appid, JSON.parse(login.data).code], ['wxdd00000000000001', 'code-1'])
  assert.ok(Object.keys(login.header).some((name) => name.toLowerCase() === 'idempotency-key'))
}))

test('logout, and a login by tap', () => withExample(async ({ text, tap, byId }, host) => {
  await until(() => byId('logout') && !byId('logout').hasAttribute('disabled'))
  tap('logout')
  await until(() => byId('openid') === null)
  tap('login')
  await until(() => text('openid') === user.openid)
  assert.deepEqual(host.seen.filter((one) => one.endsWith('/v1/login')).length, 2)
}))

test('a note goes to the backend and comes back, with the token', () => withExample(async ({ text, tap, type, byId }, host) => {
  await until(() => text('openid'))
  type('note-text', 'buy milk')
  tap('add-note')
  await until(() => text('notes')?.includes('buy milk'))
  const call = host.calls.find((one) => one.method === 'POST' && one.url.endsWith('/sample/notes'))
  assert.equal(Object.entries(call.header).find(([name]) => name.toLowerCase() === 'authorization')[1], 'Bearer access-1')
  assert.equal(byId('note-text').querySelector('input').value, '')
}))

test('the devices are on a page of their own, and there is a way back', () => withExample(async ({ text, tap, phone, all }) => {
  await until(() => text('openid'))
  tap('open-sessions')
  await until(() => phone.route === 'pages/sessions/sessions' && all('.session').length === 1)
  assert.equal(all('.current').length, 1)
  assert.equal(all('.end').length, 1)
  all('.phone-back')[0].click()
  await until(() => phone.route === 'pages/index/index')
}))

test('a refusal is told in words', () => withExample(async ({ text, byId }) => {
  await until(() => text('message'))
  assert.match(text('message'), /user_blocked/)
  assert.equal(byId('message').getAttribute('role'), 'alert')
}, servedHost({ 'POST /v1/login': () => [403, { type: 'about:blank', title: 'Forbidden', status: 403, code: 'user_blocked', request_id: 'r1' }] })))
