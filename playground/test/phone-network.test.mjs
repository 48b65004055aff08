import assert from 'node:assert/strict'
import { until } from './fixtures/phone.mjs'
import { called, plain, withWx } from './fixtures/wx.mjs'

withWx('request: a task and no promise; any status is a success; header names as delivered', async (wx, { host }) => {
  const done = called(wx.request, { url: 'http://127.0.0.1:8080/a' })
  await until(() => host.calls.length === 1)
  assert.deepEqual([host.calls[0].method, host.calls[0].timeout, host.calls[0].data], ['GET', 7000, null])
  host.calls[0].answer({ a: 1 }, 404)
  const { told, returned } = await done
  assert.equal(typeof returned.abort, 'function')
  assert.equal(returned.then, undefined)
  assert.deepEqual(told[0], ['success', {
    data: { a: 1 }, statusCode: 404, header: { 'content-type': 'application/json', 'X-Request-Id': 'r1' }, cookies: [], errMsg: 'request:ok',
  }])
  assert.equal(wx.request({ url: 'http://127.0.0.1:8080/b' }).then, undefined)
})

for (const [name, options, expected] of [
  ['GET puts an object into the query', { data: { q: '你 好&', n: 1, o: { x: 1 }, u: undefined } }, { url: 'http://h/a?q=%E4%BD%A0%20%E5%A5%BD%26&n=1&o=%7B%22x%22%3A1%7D', data: null }],
  ['GET keeps a query that is there', { url: 'http://h/a?z=1', data: { q: 1 } }, { url: 'http://h/a?z=1&q=1', data: null }],
  ['POST sends JSON', { method: 'POST', data: { a: [1] } }, { data: '{"a":[1]}', type: 'application/json' }],
  ['POST of a form is encoded', { method: 'post', header: { 'Content-Type': 'application/x-www-form-urlencoded' }, data: { a: 'x y', b: '&' } }, { data: 'a=x%20y&b=%26', method: 'POST' }],
  ['a string goes as it is', { method: 'PUT', data: 'text' }, { data: 'text' }],
  ['a timeout of its own wins, up to WeChat\'s limit', { timeout: 999_999 }, { timeout: 60_000 }],
  ['header values become text', { header: { 'X-N': 5, 'X-Gone': null } }, { header: { 'X-N': '5', 'content-type': 'application/json' } }],
]) {
  withWx(`request: ${name}`, async (wx, { host }) => {
    wx.request({ url: 'http://h/a', ...options })
    const [call] = await until(() => host.calls.length && host.calls)
    const { type, ...rest } = expected
    for (const [key, value] of Object.entries(rest)) assert.deepEqual(plain(call[key]), value)
    if (type) assert.equal(call.header['content-type'], type)
  })
}

withWx('request: an ArrayBuffer out, an ArrayBuffer in', async (wx, { host, window }) => {
  const done = new Promise((success) => wx.request({ url: 'http://h/a', method: 'POST', data: new window.Uint8Array([1, 2]).buffer, responseType: 'arraybuffer', success }))
  await until(() => host.calls.length === 1)
  assert.deepEqual([...host.calls[0].data], [1, 2])
  host.calls[0].answer('é')
  assert.deepEqual([...new Uint8Array((await done).data)], [0xc3, 0xa9])
})

withWx('request: what is no JSON stays text, and so does all of dataType "text"', async (wx, { host }) => {
  const first = new Promise((success) => wx.request({ url: 'http://h/a', success }))
  const second = new Promise((success) => wx.request({ url: 'http://h/a', dataType: 'text', success }))
  await until(() => host.calls.length === 2)
  host.calls[0].answer('<html>')
  host.calls[1].answer('{"a":1}')
  assert.equal((await first).data, '<html>')
  assert.equal((await second).data, '{"a":1}')
})

withWx('request: refusals of its own', async (wx, { host }) => {
  assert.deepEqual((await called(wx.request, { url: 'http://h/a', method: 'PATCH' })).told[0], ['fail', { errMsg: 'request:fail method is invalid' }])
  assert.deepEqual((await called(wx.request, { url: '/relative' })).told[0], ['fail', { errMsg: 'request:fail invalid url "/relative"', errno: 600009 }])
  assert.equal(host.calls.length, 0)
})

withWx('request: abort, before and after it was sent', async (wx, { host }) => {
  for (const sent of [false, true]) {
    let task
    const error = new Promise((fail) => {
      task = wx.request({ url: 'http://h/a', fail })
    })
    if (sent) await until(() => host.calls.length === 1)
    task.abort()
    task.abort()
    assert.deepEqual(plain(await error), { errMsg: 'request:fail abort' })
  }
  assert.equal(host.calls.length, 1, 'what was aborted at once was never sent')
})

withWx('request: the host\'s reasons pass, with errno', async (wx, { host }) => {
  const done = called(wx.request, { url: 'http://h/a' })
  await until(() => host.calls.length === 1)
  host.calls[0].fail('url not in domain list', 600002)
  assert.deepEqual((await done).told, ['fail', 'complete'].map((kind) => [kind, { errMsg: 'request:fail url not in domain list', errno: 600002 }]))
})

withWx('request: in the background new ones fail too, until the front', async (wx, { phone, host, time }) => {
  phone.background()
  time.advance(5000)
  assert.deepEqual((await called(wx.request, { url: 'http://h/a' })).told[0], ['fail', { errMsg: 'request:fail interrupted', errno: 600003 }])
  phone.foreground()
  wx.request({ url: 'http://h/a' })
  await until(() => host.calls.length === 1)
  phone.background()
  time.advance(4000)
  phone.foreground()
  time.advance(60_000)
  assert.equal(host.calls[0].aborted, false, 'back in time')
}, () => ({ clock: true }))

withWx('uploadFile: a file of the program, or one it wrote; text comes back', async (wx, { host }) => {
  const fs = wx.getFileSystemManager()
  fs.writeFileSync(`${wx.env.USER_DATA_PATH}/note.txt`, 'hi')
  const done = called(wx.uploadFile, { url: 'http://h/up', filePath: `${wx.env.USER_DATA_PATH}/note.txt`, name: 'f', formData: { n: 1 } })
  await until(() => host.calls.length === 1)
  const [{ kind, method, file, formData }] = host.calls
  assert.deepEqual([kind, method, file.name, file.filename, [...file.bytes], plain(formData)], ['upload', 'POST', 'f', 'note.txt', [104, 105], { n: '1' }])
  host.calls[0].answer({ ok: true })
  assert.equal((await done).told[0][1].data, '{"ok":true}')
  assert.equal((await done).told[0][1].errMsg, 'uploadFile:ok')
  assert.deepEqual((await called(wx.uploadFile, { url: 'http://h/up', filePath: 'wxfile://none' })).told[0], ['fail', { errMsg: 'uploadFile:fail file not found' }])
  wx.uploadFile({ url: 'http://h/up', filePath: '/images/dot.png', name: 'f' })
  await until(() => host.calls.length === 2)
  assert.equal(host.calls[1].file.type, 'image/png')
})
