import assert from 'node:assert/strict'
import { test } from 'node:test'
import { done, exchange, parts } from './shell_parts.mjs'

const { Diagram, failureOf, locksIn } = await parts()
const keys = (diagram) => diagram.rows.map((row) => row.key)

test('a request is drawn when it opens, its answer when it ends', () => {
  const diagram = new Diagram()
  const open = exchange()
  diagram.take(open)
  assert.deepEqual(keys(diagram), ['x1:request'])
  diagram.take(done(open))
  assert.deepEqual(keys(diagram), ['x1:request', 'x1:answer'])
  assert.equal(diagram.rows[0].exchange.state, 'done', 'the request knows its end')
})

test('an exchange that is told of twice, or only when it is over, is drawn once', () => {
  const diagram = new Diagram()
  const over = done(exchange())
  diagram.take(over)
  diagram.take(over)
  diagram.take(exchange())
  assert.deepEqual(keys(diagram), ['x1:request', 'x1:answer'])
})

test('arrows stand in order of time, whatever order they are told in', () => {
  const diagram = new Diagram()
  diagram.take(exchange({ id: 'b', at: 1200 }))
  diagram.take(exchange({ id: 'a', at: 1100 }))
  diagram.take(done(exchange({ id: 'a', at: 1100 }), { took_ms: 50 }))
  assert.deepEqual(keys(diagram), ['a:request', 'a:answer', 'b:request'])
})

test('calls that overlap are drawn interleaved', () => {
  const diagram = new Diagram()
  const [a, b] = [exchange({ id: 'a', at: 1000 }), exchange({ id: 'b', at: 1010 })]
  for (const one of [a, b, done(a, { took_ms: 30 }), done(b, { took_ms: 40 })]) diagram.take(one)
  assert.deepEqual(keys(diagram), ['a:request', 'b:request', 'a:answer', 'b:answer'])
  const hufu = diagram.bars().map((bars) => bars.filter((bar) => bar.lane === 'hufu').map((bar) => `${bar.part}${bar.depth}`))
  assert.deepEqual(hufu, [['start0'], ['through0', 'start1'], ['end0', 'through1'], ['end1']])
})

test('what hufu asks meanwhile stands inside, though the clocks are rounded to milliseconds', () => {
  const diagram = new Diagram()
  const login = exchange({ at: 1000 })
  const inner = exchange({ id: 'x2', parent: 'x1', from: 'hufu', to: 'wechat', at: 1000, request: { method: 'GET', path: '/sns/jscode2session' } })
  // The inner one seems to end after the outer: 3.9 + 9.6 against 0.4 + 12.4.
  for (const one of [login, inner, done(login, { took_ms: 12 }), done(inner, { took_ms: 13 })]) diagram.take(one)
  assert.deepEqual(keys(diagram), ['x1:request', 'x2:request', 'x2:answer', 'x1:answer'])
  const bars = diagram.bars().map((row) => row.map((bar) => `${bar.lane}:${bar.part}`))
  assert.deepEqual(bars, [['hufu:start'], ['hufu:through', 'wechat:start'], ['hufu:through', 'wechat:end'], ['hufu:end']])
})

test('a request that was lost starts no bar at the other side', () => {
  for (const fault of ['offline', 'lose_request']) {
    const diagram = new Diagram()
    diagram.take(done(exchange({ fault }), { response: null, error: 'request:fail timeout' }))
    assert.deepEqual(diagram.bars(), [[], []], fault)
  }
})

test('an open bar goes on to the newest row', () => {
  const diagram = new Diagram()
  diagram.take(exchange())
  diagram.note('note.normal', {}, 2000)
  assert.deepEqual(diagram.bars().at(-1), [{ lane: 'hufu', depth: 0, part: 'through', open: true }])
})

test('the backend has a lifeline once it was called', () => {
  const diagram = new Diagram()
  assert.deepEqual(diagram.lanes(), ['phone', 'hufu', 'wechat'])
  diagram.take(exchange({ to: 'backend' }))
  assert.deepEqual(diagram.lanes(), ['phone', 'hufu', 'wechat', 'backend'])
})

test('clear forgets what is over and keeps what is under way', () => {
  const diagram = new Diagram()
  diagram.take(done(exchange()))
  diagram.take(exchange({ id: 'x2', at: 2000 }))
  diagram.note('note.normal', {}, 3000)
  diagram.clear()
  assert.deepEqual(keys(diagram), ['x2:request'])
  diagram.take(done(exchange({ id: 'x2', at: 2000 })))
  assert.deepEqual(keys(diagram), ['x2:request', 'x2:answer'])
})

test('a page that stays open does not grow for ever', () => {
  const diagram = new Diagram()
  for (let i = 0; i < 1000; i++) diagram.take(done(exchange({ id: `x${i}`, at: i * 100 })))
  assert.ok(diagram.rows.length <= 600)
  assert.equal(diagram.rows.at(-1).key, 'x999:answer')
})

test('a failure is told by hufu\'s code, or by WeChat\'s errcode at status 200', () => {
  const answer = (status, body) => failureOf(done(exchange(), { response: { status, body } }))
  assert.equal(answer(200, { openid: 'o' }), null)
  assert.equal(answer(200, { errcode: 0 }), null)
  assert.equal(answer(200, { errcode: -1, errmsg: 'system error' }), 'errcode -1')
  assert.equal(answer(401, { code: 'token_expired' }), 'token_expired')
  assert.equal(answer(502, 'Bad Gateway'), 'HTTP 502')
  assert.equal(failureOf(exchange()), null)
})

test('locks are found wherever they stand, and unknown ones count as secrets', () => {
  const body = { user: { list: [{ $locked: 'session_key' }] }, again: { $locked: 'session_key' } }
  const query = [['secret', { $locked: 'app_secret' }], ['js_code', { $locked: 'tomorrow' }]]
  assert.deepEqual(locksIn(body, query), ['session_key', 'app_secret', 'secret'])
})
