import assert from 'node:assert/strict'
import { test } from 'node:test'
import { run } from './program.mjs'

const { failures, explain, errorCodes, userDataCodes, HufuError } = await run(`
  export { failures, explain } from './failures'
  export { errorCodes, HufuError } from '@hufu/miniprogram'
  export { userDataCodes } from '@hufu/miniprogram/user-data'
`)

test('every code of the SDK has words in both languages, and no other code has', () => {
  assert.deepEqual(Object.keys(failures).sort(), [...errorCodes, ...userDataCodes].sort())
  for (const [code, words] of Object.entries(failures)) {
    assert.deepEqual(Object.keys(words).sort(), ['en', 'zh'], code)
    for (const text of words.zh) assert.match(text, /^.*\p{Script=Han}.*。$/u, code)
    for (const text of words.en) assert.match(text, /^[A-Z][\x20-\x7e]+\.$/u, code)
  }
})

test('a failure is told with its code and the number of the request', () => {
  const failure = explain(new HufuError('user_blocked', { status: 403, requestId: 'req-1', detail: 'the user is disabled' }), 'en')
  assert.equal(failure.code, 'user_blocked')
  assert.equal(failure.requestId, 'req-1')
  assert.equal(failure.what, failures.user_blocked.en[0])
  assert.doesNotMatch(JSON.stringify(failure), /is disabled/, 'detail is for developers')
})

test('how long to wait is said where the server says it', () => {
  const limited = (retryAfter, language) => explain(new HufuError('rate_limited', { status: 429, retryAfter }), language).advice
  assert.equal(limited(30, 'en'), 'Try again in 30 seconds.')
  assert.equal(limited(600, 'zh'), '请 10 分钟后再试。')
  assert.equal(limited(undefined, 'en'), failures.rate_limited.en[1])
})

test('a code that is not ours, and an error that is not the SDK’s, have words too', () => {
  assert.equal(explain(new HufuError('out_of_ink', { status: 418 }), 'en').what, failures.http_error.en[0])
  const fault = explain(new TypeError('x is not a function'), 'en')
  assert.equal(fault.code, 'unexpected')
  assert.doesNotMatch(JSON.stringify(fault), /not a function/)
})

test('what the user typed or chose, and the server refuses, is no fault of the program', () => {
  for (const field of ['nickname', 'file']) {
    for (const language of ['zh', 'en']) {
      const { what } = explain(new HufuError('invalid_request', { status: 400, field }), language)
      assert.notEqual(what, failures.invalid_request[language][0], field)
    }
  }
  assert.equal(explain(new HufuError('invalid_request', { status: 400, field: 'device' }), 'en').what, failures.invalid_request.en[0])
})
