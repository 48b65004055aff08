import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { least, withFiles } from './fixtures/files.mjs'
import { build, fakeHost, fakeWechat, startPhone, until } from './fixtures/phone.mjs'

const sdk = path.resolve(import.meta.dirname, '../../sdk/miniprogram')
const page = 'pages/profile/profile'

/** The blocks of a README that say which file they are. */
async function filesOf(readme) {
  const text = await readFile(path.join(sdk, readme), 'utf8')
  return Object.fromEntries([...text.matchAll(/```\w+\n(?:\/\/|<!--) ([\w./]+)[^\n]*\n([^]*?)```/g)].map(([, name, code]) => [name, code]))
}

/** A mini program that is what the README says and no more. */
function programOf(readme) {
  return withFiles({ ...least, 'app.json': JSON.stringify({ pages: [page] }), [`${page}.json`]: '{}' }, async (dir) => {
    for (const [name, code] of Object.entries(await filesOf(readme))) {
      await mkdir(path.dirname(path.join(dir, name)), { recursive: true })
      await writeFile(path.join(dir, name), code)
    }
    const installed = path.join(dir, 'node_modules/@hufu/miniprogram')
    await mkdir(installed, { recursive: true })
    await promisify(execFile)(process.execPath, [path.join(sdk, 'build.mjs'), '--out', installed])
    await writeFile(path.join(installed, 'package.json'), '{ "miniprogram": "miniprogram_dist" }')
    return build(dir)
  })
}

/** A host whose network answers as hufu does. */
function hufu() {
  const user = { id: 'usr_1', nickname: '', avatar_url: null, phone_number: null }
  const seen = []
  const routes = {
    'POST /v1/login': () => ({ access_token: 'a', expires_in: 900, refresh_token: 'r', refresh_expires_in: 86_400, session_id: 'ses_1', user }),
    'POST /v1/me/phone': () => Object.assign(user, { phone_number: '138****0000' }),
    'POST /v1/me/avatar': () => Object.assign(user, { avatar_url: 'https://login.example.com/a' }),
    'POST /v1/me': ({ data }) => Object.assign(user, JSON.parse(data)),
    'POST /v1/me/decrypt': () => ({ data: { stepInfoList: [{ timestamp: 1, step: 4321 }] } }),
  }
  const host = fakeHost({ wechat: fakeWechat({ granted: {} }) })
  const { send } = host
  host.send = (call) => {
    const task = send(call)
    const path = call.url.replace('https://login.example.com', '')
    seen.push(path)
    host.calls.at(-1).answer(routes[`POST ${path}`](call))
    return task
  }
  return { host, seen, user }
}

for (const readme of ['README.md', 'README.zh-CN.md']) {
  test(`${readme} of the SDK: its page takes phone number, avatar, nickname and steps, after the consent`, async () => {
    const { host, seen, user } = hufu()
    const phone = startPhone(await programOf(readme), { host })
    const press = async (selector) => (await until(() => phone.all(selector)[0], selector)).click()
    try {
      await until(() => phone.byId('phone'), 'the buttons, after the login')
      phone.tap('phone')
      await until(() => phone.byId('disagree'), 'the question')
      phone.tap('disagree')
      await until(() => phone.text('refusal') === 'privacy_denied')
      phone.tap('phone')
      await until(() => phone.byId('agree'), 'the question')
      phone.tap('agree')
      await press('.phone-ask-allow')
      await until(() => phone.text('phone') === '138****0000')
      assert.equal(phone.text('refusal'), '')
      phone.tap('avatar')
      await press('.phone-avatar-own')
      await until(() => user.avatar_url)
      phone.type('nickname', 'Alice')
      phone.tap('save')
      await until(() => user.nickname === 'Alice')
      phone.tap('steps')
      await press('.phone-ask-allow')
      await until(() => host.logs.some(([, text]) => text.includes('4321')), 'the steps on the console')
      assert.deepEqual(seen, ['/v1/login', '/v1/me/phone', '/v1/me/avatar', '/v1/me', '/v1/me/decrypt'])
      assert.deepEqual(phone.errors, [])
      assert.deepEqual(host.logs.filter(([level]) => level === 'error'), [])
    } finally {
      phone.close()
    }
  })
}
