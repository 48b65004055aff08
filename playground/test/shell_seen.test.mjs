import assert from 'node:assert/strict'
import { test } from 'node:test'
import { done, exchange, parts } from './shell_parts.mjs'

const { MemoryKeeper, Seen } = await parts()
const nobody = { user: null, openid: null, unionid: null, session: null }
const one = { person: 'alice', appid: 'wx1' }
const two = { person: 'alice', appid: 'wx2' }
const bob = { person: 'bob', appid: 'wx2' }

/** Alice, of one user in two apps, and bob. */
function seen() {
  const all = new Seen(new MemoryKeeper())
  for (const [owner, id, openid] of [[one, 'usr_1', 'oOne'], [two, 'usr_1', 'oTwo'], [bob, 'usr_2', 'oBob']]) {
    all.take(done(exchange(), { response: { body: { session_id: 'ses_1', user: { id, openid, unionid: `u-${id}` } } } }), owner)
  }
  return all
}

const erasure = (query, status = 204) => done(exchange({ request: { method: 'DELETE', path: '/v1/me', query } }), { response: { status } })

test('who was erased in an app is seen there no more, and still in the others', () => {
  const all = seen()
  all.take(erasure([]), one)
  assert.deepEqual([all.of(one), all.of(two).user, all.of(bob).user], [nobody, 'usr_1', 'usr_2'])
})

test('who was erased everywhere is seen nowhere; whoever else is at this browser is', () => {
  const all = seen()
  all.take(erasure([['scope', 'user']]), two)
  assert.deepEqual([all.of(one), all.of(two), all.of(bob).openid], [nobody, nobody, 'oBob'])
})

test('an erasure that was refused changes nothing', () => {
  const all = seen()
  all.take(erasure([['scope', 'user']], 409), one)
  assert.equal(all.of(one).user, 'usr_1')
})
