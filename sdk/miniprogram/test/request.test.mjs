import assert from 'node:assert/strict'
import test from 'node:test'
import { later, Phone } from './support/phone.mjs'

test('the answer: data parsed, header names in lower case, request id', async () => {
  const phone = new Phone()
  const hufu = await phone.loggedIn()
  const response = await phone.until(hufu.request({ url: '/a', method: 'POST', data: { n: 1 } }))
  assert.deepEqual(response.data.echo, { n: 1 })
  assert.equal(response.status, 200)
  assert.match(response.header['x-request-id'], /^req-/)
  assert.equal(response.requestId, response.header['x-request-id'])
})

test('an absolute address goes where it says, a path to the base URL', async () => {
  const phone = new Phone()
  const hufu = await phone.loggedIn({ baseURL: 'https://login.example.com/' })
  const urls = []
  phone.fate = ({ url }) => { urls.push(url) }
  await phone.until(hufu.request({ url: '/a?b=1' }))
  await phone.until(hufu.request({ url: 'https://shop.example.com/c' }))
  assert.deepEqual(urls, ['https://login.example.com/a?b=1', 'https://shop.example.com/c'])
})

test('problem+json becomes a HufuError with everything in it', async () => {
  const phone = new Phone()
  const hufu = await phone.loggedIn()
  phone.server.refuse('/a', { status: 429, code: 'rate_limited', header: { 'Retry-After': '7' } }, { status: 400, code: 'invalid_request', body: { field: 'name' } },
    { status: 418, raw: 'short and stout' }, { status: 409, code: 'note_too_long' })
  const errors = []
  for (let i = 0; i < 4; i++) errors.push(await phone.failure(hufu.request({ url: '/a' })))
  assert.deepEqual(errors.map((e) => [e.code, e.status]), [['rate_limited', 429], ['invalid_request', 400], ['http_error', 418], ['note_too_long', 409]])
  assert.equal(errors[0].retryAfter, 7)
  assert.equal(errors[1].field, 'name')
  assert.equal(errors[1].detail, 'because of invalid_request')
  assert.equal(errors[2].body, 'short and stout')
  assert.ok(errors.every((e) => e instanceof phone.module.HufuError && e instanceof Error))
})

test('an error is read from bytes and text too', async () => {
  const phone = new Phone()
  const hufu = await phone.loggedIn()
  for (const options of [{ responseType: 'arraybuffer', dataType: 'other' }, { dataType: 'text' }]) {
    phone.server.refuse('/a', { status: 404, code: 'not_found', body: { detail: '没有' } })
    const error = await phone.failure(hufu.request({ url: '/a', ...options }))
    assert.deepEqual([error.code, error.detail], ['not_found', '没有'])
  }
})

test('text stays text where dataType says so', async () => {
  const phone = new Phone()
  const hufu = await phone.loggedIn()
  const { data } = await phone.until(hufu.request({ url: '/a', dataType: 'text' }))
  assert.equal(typeof data, 'string')
})

for (const [errMsg, errno, code] of [
  ['request:fail url not in domain list', 600002, 'domain_not_listed'], ['request:fail url not in domain list:x.com', undefined, 'domain_not_listed'],
  ['request:fail timeout', 5, 'timeout'], ['request:fail 请求超时', undefined, 'timeout'], ['request:fail The request timed out.', undefined, 'timeout'],
  ['request:fail interrupted', 600003, 'interrupted'], ['request:fail invalid url "x"', undefined, 'invalid_option'],
  ['request:fail net::ERR_INTERNET_DISCONNECTED', 600001, 'network'], [undefined, undefined, 'network'],
]) {
  test(`wx says ${errMsg}, errno ${errno}: ${code}`, async () => {
    const phone = new Phone()
    const hufu = await phone.loggedIn()
    phone.wx.request = ({ fail }) => { phone.time.setTimeout(() => fail({ errMsg, errno }), 1) }
    const error = await phone.failure(hufu.request({ url: '/a', method: 'POST' }))
    assert.deepEqual([error.code, error.errMsg, error.errno, error.status], [code, errMsg ?? '', errno, 0])
  })
}

for (const errMsg of [
  'uploadFile:fail file not found', "uploadFile:fail file doesn't exist", 'uploadFile:fail createUploadTask:fail file:http://tmp/a.jpg not found',
  "uploadFile:fail Error: ENOENT: no such file or directory, open 'a.jpg'",
]) {
  test(`a picture that was kept over the end of the app is gone, and the network is not to blame: ${errMsg}`, async () => {
    const phone = new Phone()
    const hufu = await phone.loggedIn()
    phone.wx.uploadFile = ({ fail }) => { phone.time.setTimeout(() => fail({ errMsg }), 1) }
    const error = await phone.failure(hufu.upload({ url: '/v1/me/avatar', filePath: 'http://tmp/a.jpg' }))
    assert.deepEqual([error.code, error.errMsg], ['invalid_option', errMsg])
  })
}

test('nothing is thrown at the caller, whatever is wrong', async () => {
  const phone = new Phone()
  const hufu = await phone.loggedIn()
  for (const call of [
    () => hufu.request(), () => hufu.request({}), () => hufu.request({ url: 'relative' }), () => hufu.upload({ url: '/a' }), () => hufu.endSession(),
  ]) assert.equal((await phone.failure(call())).code, 'invalid_option')
  phone.wx.request = () => { throw new Error('parameter error') }
  assert.equal((await phone.failure(hufu.request({ url: '/a' }))).code, 'invalid_option')

  for (const options of [undefined, {}, { baseURL: 'login.example.com' }, { baseURL: 'https://a.example?x' }, { baseURL: 'https://a.example', timeout: -1 }]) {
    const wrong = phone.module.createHufu(options)
    assert.equal((await phone.failure(wrong.login())).code, 'invalid_option')
    assert.equal((await phone.failure(wrong.request({ url: '/a' }))).code, 'invalid_option')
    assert.equal(wrong.session, null)
    wrong.on('login', () => undefined)()
    wrong.destroy()
    await phone.until(wrong.ready())
  }
})

test('a timeout of the call is handed to WeChat, and holds if WeChat never calls back', async () => {
  const phone = new Phone()
  const hufu = await phone.loggedIn()
  phone.fate = () => ({ latency: 30_000 })
  const from = phone.time.now
  assert.equal((await phone.failure(hufu.request({ url: '/a', timeout: 1000 }))).code, 'timeout')
  assert.equal(phone.time.now - from, 1000)
  phone.wx.request = () => undefined
  assert.equal((await phone.failure(hufu.request({ url: '/a', timeout: 1000 }), 5000)).code, 'timeout')
})

test('ten on the wire, the rest wait, each place is filled again', async () => {
  const phone = new Phone()
  const hufu = await phone.loggedIn()
  phone.counts.maxInFlight = 0
  const all = Array.from({ length: 35 }, (_, i) => (i % 5 ? hufu.request({ url: `/${i}` }) : hufu.upload({ url: `/${i}`, filePath: 'wxfile://f' })))
  await phone.until(Promise.all(all))
  assert.equal(phone.counts.maxInFlight, 10)
})

test('an older client that fails the eleventh call: it was never sent, so a POST waits and is sent too', async () => {
  const phone = new Phone()
  const hufu = await phone.loggedIn()
  const { request } = phone.wx
  let refused = 0
  phone.wx.request = (options) => {
    if (refused++ >= 2) return request(options)
    phone.time.setTimeout(() => options.fail({ errMsg: 'request:fail exceed max task count', errno: 600007 }), 1)
    return { abort: () => undefined }
  }
  await phone.until(hufu.request({ url: '/a', method: 'POST', header: { 'x-mark': 'a' } }))
  assert.equal(phone.server.effects.get('a'), 1)
})

test('a failure gives its place back as well', async () => {
  const phone = new Phone()
  const hufu = await phone.loggedIn({ maxInFlight: 1 })
  phone.fate = ({ path }) => (path === '/bad' ? 'lose_request' : undefined)
  await phone.failure(hufu.request({ url: '/bad' }))
  const [aborted] = later([hufu.request({ url: '/held' })])
  const next = hufu.request({ url: '/good' })
  await phone.time.advance(5)
  aborted.abort()
  await phone.until(next)
  await phone.failure(aborted)
})

test('abort: on the wire, in the queue, before it began; told as aborted', async () => {
  const phone = new Phone()
  const hufu = await phone.loggedIn({ maxInFlight: 1 })
  const onWire = hufu.request({ url: '/1' })
  const queued = hufu.request({ url: '/2', method: 'POST', header: { 'x-mark': 'queued' } })
  await phone.time.advance(5)
  const early = hufu.request({ url: '/3', method: 'POST', header: { 'x-mark': 'early' } })
  for (const task of later([onWire, queued, early])) task.abort()
  for (const task of [onWire, queued, early]) assert.equal((await phone.failure(task, 0)).code, 'aborted')
  await phone.time.advance(1000)
  assert.deepEqual([...phone.server.effects.keys()], [])
  onWire.abort()
  await phone.until(hufu.request({ url: '/4' }))
})

test('abort breaks the call off on the wire too, and gives its place to the next', async () => {
  const phone = new Phone()
  const hufu = await phone.loggedIn({ maxInFlight: 1 })
  phone.fate = ({ path }) => (path === '/stuck' ? 'never' : undefined)
  const [stuck] = later([hufu.request({ url: '/stuck' })])
  const next = hufu.request({ url: '/next' })
  await phone.time.advance(5)
  assert.equal(phone.run.inFlight.size, 1)
  stuck.abort()
  await phone.until(next, 1000)
})

test('abort after the end changes nothing', async () => {
  const phone = new Phone()
  const hufu = await phone.loggedIn()
  const task = hufu.request({ url: '/1' })
  await phone.until(task)
  task.abort()
  assert.equal((await task).status, 200)
})

test('a GET that the background broke off is repeated when the app comes back', async () => {
  const phone = new Phone()
  const hufu = await phone.loggedIn()
  phone.latency = 8000
  const get = hufu.request({ url: '/a' })
  const post = hufu.request({ url: '/b', method: 'POST', header: { 'x-mark': 'b' } })
  const marked = hufu.request({ url: '/c', method: 'POST', idempotent: true, header: { 'x-mark': 'c' } })
  await phone.time.advance(100)
  phone.background()
  assert.equal((await phone.failure(post)).code, 'interrupted')
  await phone.time.advance(60_000)
  phone.latency = 20
  phone.foreground()
  assert.equal((await phone.until(get)).status, 200)
  assert.equal((await phone.until(marked)).status, 200)
  assert.equal(phone.server.effects.get('b'), 1, 'the server had done it: it must not be done again')
})

test('a connection that was lost in the background without a word is taken up again too', async () => {
  const phone = new Phone()
  const hufu = await phone.loggedIn()
  let times = 0
  phone.fate = ({ path }) => (path === '/a' && times++ === 0 ? 'lose_answer' : undefined)
  phone.latency = 1000
  const get = hufu.request({ url: '/a' })
  await phone.time.advance(100)
  phone.background()
  await phone.time.advance(3000)
  phone.foreground()
  assert.equal((await phone.until(get)).status, 200)
})

test('a call that waits for the foreground can be called off', async () => {
  const phone = new Phone()
  const hufu = await phone.loggedIn()
  phone.latency = 8000
  const get = hufu.request({ url: '/a' })
  await phone.time.advance(100)
  phone.background()
  await phone.time.advance(10_000)
  get.abort()
  assert.equal((await phone.failure(get, 0)).code, 'aborted')
})

test('a POST whose effect is unknown is never repeated', async () => {
  for (const fate of ['lose_request', 'lose_answer', { status: 502 }]) {
    const phone = new Phone()
    const hufu = await phone.loggedIn()
    phone.fate = () => fate
    const calls = phone.counts.calls
    await phone.failure(hufu.request({ url: '/pay', method: 'POST' }))
    assert.equal(phone.counts.calls, calls + 1)
  }
})

test('an upload: the string of wx.uploadFile is parsed, the token added, a 401 recovered from', async () => {
  const phone = new Phone()
  const hufu = await phone.loggedIn()
  phone.server.expireTokens()
  const { data } = await phone.until(hufu.upload({ url: '/avatar', filePath: 'wxfile://tmp.png', formData: { a: '1' }, header: { 'x-mark': 'up' } }))
  assert.deepEqual(data.file, { path: 'wxfile://tmp.png', name: 'file' })
  assert.deepEqual(data.echo, { a: '1' })
  assert.deepEqual([phone.server.effects.get('up'), phone.server.counts.refresh], [1, 1])
  phone.server.refuse('/avatar', { status: 413, code: 'invalid_request' })
  assert.equal((await phone.failure(hufu.upload({ url: '/avatar', filePath: 'f' }))).code, 'invalid_request')
})

test('interceptors see and change calls and answers, in order, and can be taken off', async () => {
  const phone = new Phone()
  const hufu = await phone.loggedIn()
  const seen = []
  const off = hufu.use({
    request: (call) => { seen.push(`1 ${call.kind}`); call.header['x-mark'] = 'one' },
    response: async (response) => ({ ...response, data: { wrapped: response.data } }),
  })
  hufu.use({ request: (call) => ({ ...call, header: { ...call.header, 'x-mark': `${call.header['x-mark']}-two`, authorization: 'mine' } }) })
  const { data } = await phone.until(hufu.request({ url: '/a' }))
  assert.equal(data.wrapped.path, '/a')
  assert.deepEqual([...phone.server.effects.keys()], ['one-two'])
  await phone.until(hufu.upload({ url: '/a', filePath: 'f' }))
  assert.deepEqual(seen, ['1 request', '1 upload'])
  off()
  await phone.until(hufu.request({ url: '/a' }))
  assert.equal(seen.length, 2)
  hufu.use({ request: () => { throw new Error('no') } })
  const error = await phone.failure(hufu.request({ url: '/a' }))
  assert.match(error.message, /no/)
})

test('the login passes no interceptor', async () => {
  const phone = new Phone()
  const hufu = phone.start()
  const urls = []
  hufu.use({ request: (call) => { urls.push(call.url) } })
  await phone.until(hufu.request({ url: '/a' }))
  assert.deepEqual(urls, ['https://login.example.com/a'])
})

for (const name of ['header', 'timeout', 'method', 'url', 'auth']) {
  for (const how of ['returned', 'in place']) {
    test(`a hook that loses ${name}, ${how}: every call ends, and those after it work`, async () => {
      const phone = new Phone()
      const hufu = await phone.loggedIn({ maxInFlight: 2 })
      const off = hufu.use({ request: (call) => {
        const { [name]: lost, ...rest } = call
        if (how === 'returned') return rest
        delete call[name]
      } })
      const six = Array.from({ length: 6 }, (_, i) => hufu.request({ url: `/a/${i}` }))
      await phone.until(Promise.allSettled(six), 100_000)
      off()
      await phone.until(hufu.request({ url: '/next' }), 1000)
      assert.ok(phone.server.log.every((c) => c.path === '/v1/login' || (c.method === 'GET' && c.header.authorization)))
    })
  }
}

test('a call that throws as it is sent gives its place back and fails alone', async () => {
  const phone = new Phone()
  const hufu = await phone.loggedIn({ maxInFlight: 2 })
  const off = hufu.use({ request: (call) => { call.header = { get 'x-bad'() { throw new Error('bad') } } } })
  const six = later(Array.from({ length: 6 }, (_, i) => hufu.request({ url: `/a/${i}` })))
  for (const call of six) assert.equal((await phone.failure(call, 1000)).code, 'invalid_option')
  off()
  await phone.until(hufu.request({ url: '/next' }), 1000)
})

test('a hook that loses auth does not give the token to whom it was kept from', async () => {
  const phone = new Phone()
  const hufu = await phone.loggedIn()
  hufu.use({ request: ({ auth, ...rest }) => rest })
  await phone.until(hufu.request({ url: '/open/a', auth: false }))
  assert.equal(phone.server.log.at(-1).header.authorization, undefined)
})
