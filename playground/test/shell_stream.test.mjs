import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parts } from './shell_parts.mjs'

const { EventStream, EventText } = await parts()

test('events come whole, however the text is cut', () => {
  const text = 'id: 1\nevent: state\ndata: {"a":\ndata: 1}\n\n: beat\n\nid: 2\r\ndata: x\r\n\r\n'
  const whole = new EventText().push(text)
  assert.deepEqual(whole, [{ id: '1', type: 'state', data: '{"a":\n1}' }, { id: '2', type: 'message', data: 'x' }])
  const byBits = new EventText()
  assert.deepEqual([...text].flatMap((c) => byBits.push(c)), whole)
})

/** A server whose streams are written and cut by the test. */
function fakeEvents() {
  const asked = []
  const streams = []
  const pauses = []
  let changed = () => {}
  let status = 200
  const options = {
    token: 't0k',
    events: [],
    connections: [],
    onEvent: (event) => { options.events.push(event); changed() },
    onConnection: (connection) => { options.connections.push(connection); changed() },
    later: (ms, run) => { pauses.push({ ms, run }); changed(); return () => {} },
    fetch: async (path, init) => {
      asked.push({ path, headers: init.headers })
      if (status === 0) throw new TypeError('refused')
      if (status !== 200) return new Response('{}', { status })
      const body = new ReadableStream({
        start: (controller) => {
          streams.push(controller)
          init.signal.addEventListener('abort', () => controller.error(init.signal.reason))
        },
      })
      return new Response(body)
    },
  }
  const until = async (condition) => {
    while (!condition()) await new Promise((resolve) => { changed = resolve })
  }
  const write = (text) => streams.at(-1).enqueue(new TextEncoder().encode(text))
  return { asked, streams, pauses, options, until, write, answer: (s) => { status = s } }
}

test('a broken stream is taken up where it broke, with the token and Last-Event-ID', async () => {
  const server = fakeEvents()
  const stream = new EventStream(server.options)
  stream.start()
  await stream.live()
  server.write('event: state\ndata: {}\n\nid: 41\nevent: exchange\ndata: {}\n\n')
  await server.until(() => server.options.events.length === 2)
  assert.equal(server.asked[0].headers['Last-Event-ID'], undefined)
  assert.equal(server.asked[0].headers['X-Playground-Token'], 't0k')
  server.streams[0].close()
  await server.until(() => server.pauses.length === 1)
  assert.equal(server.options.connections.at(-1), 'lost')
  server.pauses[0].run()
  await server.until(() => server.options.connections.at(-1) === 'live')
  assert.equal(server.asked[1].path, '/playground/v1/events')
  assert.equal(server.asked[1].headers['Last-Event-ID'], '41')
  stream.stop()
})

test('the pauses grow to a bound while the server is away, and begin small again', async () => {
  const server = fakeEvents()
  server.answer(0)
  const stream = new EventStream(server.options)
  stream.start()
  for (let i = 0; i < 8; i++) {
    await server.until(() => server.pauses.length === i + 1)
    server.pauses[i].run()
  }
  await server.until(() => server.pauses.length === 9)
  const ms = server.pauses.map((p) => p.ms)
  assert.deepEqual(ms.slice(0, 3), [500, 1000, 2000])
  assert.equal(Math.max(...ms), 10_000)
  server.answer(200)
  server.pauses[8].run()
  await server.until(() => server.options.connections.at(-1) === 'live')
  server.streams[0].close()
  await server.until(() => server.pauses.length === 10)
  assert.equal(server.pauses[9].ms, 500)
  stream.stop()
})

test('a refused token ends it: the server was started anew', async () => {
  const server = fakeEvents()
  server.answer(403)
  const stream = new EventStream(server.options)
  stream.start()
  await server.until(() => server.options.connections.at(-1) === 'stale')
  await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual(server.options.connections, ['stale'])
  assert.equal(server.pauses.length, 0, 'nobody asks again')
})
