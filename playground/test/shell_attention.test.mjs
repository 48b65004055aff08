import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openPage } from './shell_page.mjs'
import { exchange } from './shell_parts.mjs'

const call = { kind: 'request', url: 'http://127.0.0.1:8080/v1/me', method: 'GET', header: {}, data: null, timeout: 60_000 }
const patience = 5_000
const letGo = (page) => page.server.streams.map((stream) => page.server.cut.has(stream))
const lastCall = (page) => page.sent.findLast((s) => s.path === '/playground/v1/calls').body.id
const answer = (page, id) => page.emit('answer', { id, ok: true, status_code: 200, header: {}, cookies: [], data: 'text' })

test('a hidden page lets its stream go, says nothing of it, and takes it up where it was left', async () => {
  const page = await openPage()
  await page.emit('exchange', exchange())
  page.look('hidden')
  await page.server.idle()
  assert.deepEqual(letGo(page), [false], 'a glance at another tab costs nothing')
  assert.equal(page.pass(patience), 1)
  await page.server.idle()
  assert.deepEqual(letGo(page), [true])
  assert.equal(page.find('banner-lost'), null)
  assert.equal(page.server.streams.length, 1, 'and nobody tries again')
  page.look('visible')
  await page.server.connected(2)
  await page.server.idle()
  assert.equal(page.sent.findLast((s) => s.path === '/playground/v1/events').last, '1')
  assert.equal(page.find('banner-lost'), null)
  assert.deepEqual(page.errors, [])
})

test('a page that comes back in time keeps its stream', async () => {
  const page = await openPage()
  page.look('hidden')
  page.look('visible')
  assert.equal(page.pass(patience), 0)
  assert.deepEqual(letGo(page), [false])
})

test('a hidden page hears the answers that its phone awaits, then lets go', async () => {
  const page = await openPage()
  const { answer: first } = page.phones[0].host.send(call)
  await page.server.idle()
  page.look('hidden')
  page.pass(patience)
  await page.server.idle()
  assert.deepEqual(letGo(page), [false], 'an answer is awaited')
  await answer(page, lastCall(page))
  await first
  page.pass(patience)
  await page.server.idle()
  assert.deepEqual(letGo(page), [true])
  const { answer: second } = page.phones[0].host.send(call)
  await page.server.connected(2)
  await page.server.idle()
  await answer(page, lastCall(page))
  assert.equal((await second).data, 'text')
  page.pass(patience)
  await page.server.idle()
  assert.deepEqual(letGo(page), [true, true])
})

test('a page opened in the background opens no stream and starts no phone until it is seen', async () => {
  const page = await openPage({ hidden: true })
  assert.deepEqual([page.server.streams.length, page.phones.length], [0, 0])
  page.look('visible')
  await page.server.connected(1)
  await page.server.idle()
  assert.equal(page.phones.length, 1)
})

test('while the server is away a new call fails at once, and one under way after a few seconds', async () => {
  const page = await openPage()
  const refused = { reason: 'net::ERR_CONNECTION_REFUSED', errno: 600001 }
  const { answer: underWay } = page.phones[0].host.send(call)
  await page.server.idle()
  page.server.status = 502
  page.server.streams[0].close()
  await page.server.idle()
  await assert.rejects(page.phones[0].host.send(call).answer, refused)
  const state = await Promise.race([underWay, new Promise((resolve) => setImmediate(() => resolve('open')))])
  assert.equal(state, 'open', 'it may be found again')
  assert.equal(page.pass(patience), 1)
  await assert.rejects(underWay, refused)
})

test('a short break loses no call', async () => {
  const page = await openPage()
  const { answer: underWay } = page.phones[0].host.send(call)
  await page.server.idle()
  page.server.streams[0].close()
  await page.server.idle()
  page.find('banner-retry').click()
  await page.server.connected(2)
  await page.server.idle()
  assert.equal(page.pass(patience), 0)
  await answer(page, lastCall(page))
  assert.equal((await underWay).statusCode, 200)
})
