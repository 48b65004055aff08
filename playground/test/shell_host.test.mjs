import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parts } from './shell_parts.mjs'

const { Api, Calls, HostFailure, MemoryKeeper, Store, createHost, firstWorld, grantStorage, phoneStorage } = await parts()

const boot = { token: 't0k', version: '', base_url: 'http://127.0.0.1:8080', simulated: true, simulator_url: '', apps: [], people: [], own_program: false, domains: [] }
const owner = { person: 'alice', appid: 'wx1' }
const call = { kind: 'request', url: 'http://127.0.0.1:8080/v1/me', method: 'GET', header: { a: 'b' }, data: null, timeout: 60_000 }

function world(answers = {}) {
  const sent = []
  const drawn = []
  const watchers = []
  const fetcher = async (path, init) => {
    sent.push({ method: init.method, path, token: init.headers['X-Playground-Token'], body: init.body ? JSON.parse(init.body) : undefined })
    watchers.splice(0).forEach((go) => go())
    const answer = answers[path] ?? { status: 202 }
    if (answer === 'down') throw new TypeError('refused')
    if (answer.wait) await answer.wait
    return new Response(answer.body === undefined ? null : JSON.stringify(answer.body), { status: answer.status ?? 200 })
  }
  const api = new Api('t0k', fetcher)
  const store = new Store(firstWorld('alice', 'wx1'))
  const calls = new Calls(api, async () => {})
  const keeper = new MemoryKeeper()
  const host = createHost({
    boot, owner, api, calls, world: store, appName: 'One',
    storage: phoneStorage(keeper, 'alice', 'wx1'), grants: grantStorage(keeper, 'alice', 'wx1'), lang: 'zh', theme: 'dark', onError: () => {},
    draw: (name, to, request) => {
      const arrow = { name, to, request, answer: null }
      drawn.push(arrow)
      return { done: (answer) => { arrow.answer = answer } }
    },
  })
  const nextSent = async (n) => {
    while (sent.length < n) await new Promise((resolve) => watchers.push(resolve))
    return sent[n - 1]
  }
  return { sent, drawn, api, store, calls, host, nextSent }
}
const failure = (reason, errno) => (error) => {
  assert.ok(error instanceof HostFailure)
  assert.deepEqual([error.reason, error.errno], [reason, errno])
  return true
}

test('a host tells the phone its app, language, theme and where hufu is', () => {
  const { host } = world()
  assert.deepEqual(
    [host.appid, host.appName, host.envVersion, host.language, host.theme, host.extConfig],
    ['wx1', 'One', 'develop', 'zh_CN', 'dark', { hufu: { baseURL: 'http://127.0.0.1:8080' } }])
})

test('a call is posted with the token, and answered by its event', async () => {
  const { host, calls, nextSent } = world()
  const task = host.send({ ...call, method: 'POST', data: '{"a":1}' })
  const post = await nextSent(1)
  assert.deepEqual({ ...post, body: { ...post.body, id: 'ID' } }, {
    method: 'POST', path: '/playground/v1/calls', token: 't0k',
    body: { id: 'ID', kind: 'request', appid: 'wx1', env: 'develop', url: call.url, method: 'POST', header: { a: 'b' }, data: '{"a":1}', timeout: 60_000 },
  })
  calls.answered({ id: 'of another page', ok: true, status_code: 500, header: {}, data: '' })
  calls.answered({ id: post.body.id, ok: true, status_code: 201, header: { x: 'y' }, cookies: ['c=1'], data: 'text' })
  assert.deepEqual(await task.answer, { statusCode: 201, header: { x: 'y' }, cookies: ['c=1'], data: 'text' })
  assert.deepEqual(calls.ownerOf(post.body.id), owner)
})

test('bytes travel as base64, both ways, and so do files', async () => {
  const { host, calls, nextSent } = world()
  const bytes = new Uint8Array([0, 255, 128])
  const task = host.send({ ...call, kind: 'upload', data: bytes, file: { name: 'file', filename: 'a.png', type: 'image/png', bytes }, formData: { k: 'v' } })
  const { body } = await nextSent(1)
  assert.deepEqual([body.data, body.data_base64, body.file, body.form_data],
    [null, 'AP+A', { name: 'file', filename: 'a.png', type: 'image/png', base64: 'AP+A' }, { k: 'v' }])
  calls.answered({ id: body.id, ok: true, status_code: 200, header: {}, cookies: [], data_base64: 'AP+A' })
  assert.deepEqual([...(await task.answer).data], [0, 255, 128])
})

test('a failed call fails with what follows "fail" in WeChat\'s words', async () => {
  for (const [errMsg, errno, reason] of [
    ['request:fail timeout', 5, 'timeout'], ['uploadFile:fail url not in domain list', 600002, 'url not in domain list'],
    ['request:fail net::ERR_INTERNET_DISCONNECTED', undefined, 'net::ERR_INTERNET_DISCONNECTED'],
  ]) {
    const { host, calls, nextSent } = world()
    const task = host.send(call)
    const { body } = await nextSent(1)
    calls.answered({ id: body.id, ok: false, errMsg, errno })
    await assert.rejects(task.answer, failure(reason, errno))
  }
})

test('abort ends the call at once and tells the relay; twice is once', async () => {
  const { host, sent, nextSent } = world()
  const task = host.send(call)
  const { body } = await nextSent(1)
  task.abort()
  task.abort()
  await assert.rejects(task.answer, failure('abort'))
  assert.deepEqual(await nextSent(2), { method: 'DELETE', path: `/playground/v1/calls/${body.id}`, token: 't0k', body: undefined })
  assert.equal(sent.length, 2)
})

test('a call that is aborted before it left is never sent', async () => {
  const { host, sent } = world()
  const task = host.send(call)
  task.abort()
  await assert.rejects(task.answer, failure('abort'))
  assert.equal(sent.length, 0)
})

test('a server that is away is a failed call, not a silent one', async () => {
  const { host } = world({ '/playground/v1/calls': 'down' })
  await assert.rejects(host.send(call).answer, failure('net::ERR_CONNECTION_REFUSED', 600001))
})

test('a call waits for a control that is under way', async () => {
  let release
  const { host, api, calls, sent, nextSent } = world({ '/playground/v1/network': { wait: new Promise((resolve) => { release = resolve }), body: {} } })
  void api.change('PUT', '/playground/v1/network', { mode: 'offline' })
  await nextSent(1)
  const task = host.send(call)
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(sent.length, 1, 'the call has not left yet')
  release()
  assert.equal((await nextSent(2)).path, '/playground/v1/calls')
  calls.failAll()
  await assert.rejects(task.answer, failure('net::ERR_CONNECTION_REFUSED', 600001))
})

test('wx.login asks the simulator, and draws its arrow without the code', async () => {
  const { host, drawn, sent } = world({ '/sim/v1/wx/login': { body: { code: '0Ab3SECRETREST' } } })
  assert.deepEqual(await host.login(), { code: '0Ab3SECRETREST' })
  assert.deepEqual(sent[0], { method: 'POST', path: '/sim/v1/wx/login', token: undefined, body: { appid: 'wx1', user: 'alice' } })
  assert.deepEqual(drawn[0].answer, { status: 200, body: { code: { $locked: 'code', shown: '0Ab3' } } })
  assert.doesNotMatch(JSON.stringify(drawn), /SECRET/)
})

test('wx.login is refused once where that is set, and asks nobody', async () => {
  const { host, store, sent, drawn } = world({ '/sim/v1/wx/login': { body: { code: 'c' } } })
  store.patch({ refuse: true })
  await assert.rejects(host.login(), failure('system error'))
  assert.equal(sent.length, 0)
  assert.deepEqual(drawn[0].answer, { error: 'login:fail system error', offline: false })
  assert.deepEqual(await host.login(), { code: 'c' })
})

test('offline, neither wx.login nor wx.checkSession reaches WeChat, and the phone knows', async () => {
  const { host, store, sent, drawn } = world()
  assert.deepEqual(host.network, { isConnected: true, networkType: 'wifi' })
  store.patch({ network: { mode: 'offline', left: null } })
  assert.deepEqual(host.network, { isConnected: false, networkType: 'none' })
  await assert.rejects(host.login(), failure('net::ERR_INTERNET_DISCONNECTED'))
  await assert.rejects(host.checkSession(), failure('net::ERR_INTERNET_DISCONNECTED'))
  assert.equal(sent.length, 0)
  assert.deepEqual(drawn.map((arrow) => arrow.answer.offline), [true, true], 'the arrows are drawn as never having left')
})

test('wx.checkSession tells whether the key lives', async () => {
  const { host, sent } = world({ '/sim/v1/wx/check-session': { body: { valid: false } } })
  assert.deepEqual(await host.checkSession(), { valid: false })
  assert.deepEqual(sent[0].body, { appid: 'wx1', user: 'alice' })
})

const sealed = { encryptedData: 'SECRETsealed', iv: 'SECRETiv' }
const locks = { encryptedData: { $locked: 'encrypted_data' }, iv: { $locked: 'encrypted_data' } }

test('what the phone asks of WeChat: its call, its arrow, and no secret on it', async () => {
  const profile = { rawData: '{"nickName":"x"}', signature: 'SECRETsig', ...sealed }
  const { host, sent, drawn } = world({
    '/sim/v1/wx/phone-number': { body: { code: '4be2SECRET', ...sealed } }, '/sim/v1/wx/user-profile': { body: profile },
    '/sim/v1/wx/werun': { body: sealed }, '/sim/v1/wx/share-info': { body: sealed },
  })
  const { wechat } = host
  const who = { appid: 'wx1', user: 'alice' }
  const code = { $locked: 'phone_code', shown: '4be2' }
  for (const [call, answer, path, body, name, shown] of [
    [() => wechat.phoneNumber('getPhoneNumber'), { code: '4be2SECRET', ...sealed }, 'phone-number', who, 'wx.getPhoneNumber', { code, ...locks }],
    [() => wechat.phoneNumber('getRealtimePhoneNumber'), { code: '4be2SECRET', ...sealed }, 'phone-number', who, 'wx.getRealtimePhoneNumber', { code }],
    [() => wechat.userProfile('getUserInfo'), profile, 'user-profile', { ...who, api: 'getUserInfo' }, 'wx.getUserInfo',
      { rawData: { nickName: 'x' }, signature: { $locked: 'signature' }, ...locks }],
    [() => wechat.weRun(), sealed, 'werun', who, 'wx.getWeRunData', locks],
    [() => wechat.shareInfo(), sealed, 'share-info', who, 'wx.getShareInfo', locks],
  ]) {
    assert.deepEqual(await call(), answer, name)
    assert.deepEqual(sent.at(-1), { method: 'POST', path: `/sim/v1/wx/${path}`, token: undefined, body }, name)
    assert.deepEqual([drawn.at(-1).name, drawn.at(-1).to, drawn.at(-1).answer], [name, 'wechat', { status: 200, body: shown }])
  }
  assert.doesNotMatch(JSON.stringify(drawn), /SECRET/)
})

test('sealed data wants a login first; a call that ended on the phone is drawn all the same', async () => {
  const { host, drawn } = world({ '/sim/v1/wx/werun': { status: 409, body: { error: 'no session' } } })
  await assert.rejects(host.wechat.weRun(), failure('there is no login state, call wx.login first'))
  host.wechat.refused('getPhoneNumber', 'user deny')
  assert.deepEqual([drawn[1].name, drawn[1].answer], ['wx.getPhoneNumber', { error: 'getPhoneNumber:fail user deny', offline: false }])
})

test('WeChat shows the person their own number masked, and their nickname', async () => {
  const people = [{ name: 'bob', nickname: 'B', phone_number: '13900000000' }, { name: 'alice', nickname: 'Al', phone_number: '13812345678' }]
  assert.deepEqual(await world({ '/sim/v1/users': { body: { data: people } } }).host.wechat.account(), { nickname: 'Al', maskedPhone: '138****5678' })
  assert.deepEqual(await world({ '/sim/v1/users': { body: { data: [{ name: 'alice', phone_number: '+85298765432' }] } } }).host.wechat.account(),
    { nickname: 'alice', maskedPhone: '+852****5432' })
  assert.deepEqual(await world({ '/sim/v1/users': 'down' }).host.wechat.account(), { nickname: 'alice', maskedPhone: '****' })
})

test('storage is apart for each person and app, and clear empties one alone', () => {
  const keeper = new MemoryKeeper()
  const [alice, bob, other] = [['alice', 'wx1'], ['bob', 'wx1'], ['alice', 'wx2']].map((who) => phoneStorage(keeper, ...who))
  alice.set('token', 'a')
  alice.set('x', '')
  bob.set('token', 'b')
  assert.deepEqual([alice.get('token'), bob.get('token'), other.get('token'), alice.get('x')], ['a', 'b', null, ''])
  assert.deepEqual(alice.keys().sort(), ['token', 'x'])
  alice.remove('x')
  alice.clear()
  assert.deepEqual([alice.keys(), bob.keys()], [[], ['token']])
  grantStorage(keeper, 'bob', 'wx1').set('privacy', 'agreed')
  bob.clear()
  assert.deepEqual(grantStorage(keeper, 'bob', 'wx1').keys(), ['privacy'], 'wx.clearStorage takes back no consent')
})
