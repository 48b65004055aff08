import assert from 'node:assert/strict'
import test from 'node:test'
import { Phone } from './support/phone.mjs'

/** A WeChat that asks for consent as 2.32.3 does: the listener registered last is called, each call with a `resolve` of its own. */
function wechat() {
  let listener
  const world = {
    registrations: 0,
    wx: { onNeedPrivacyAuthorization: (given) => { world.registrations++; listener = given } },
    need(referrer) {
      const answers = []
      try {
        listener((answer) => { answers.push(answer) }, { referrer })
      } catch (thrown) {
        world.thrown = thrown
      }
      return answers
    },
  }
  return world
}

/** The helper over that WeChat; `open` are the requests that the handler got. */
function helper() {
  const world = wechat()
  const phone = new Phone()
  phone.start()
  const { privacy } = phone.startUserData({ wx: world.wx })
  const open = []
  const off = privacy.onNeedPrivacy((request) => open.push(request))
  return { ...world, world, privacy, open, off }
}

test('"the page hangs for ever": resolve is called once, with what the user chose', () => {
  const { need, open } = helper()
  const answers = need('getUserProfile')
  assert.equal(open[0].referrer, 'getUserProfile')
  assert.deepEqual(answers, [])
  open[0].shown()
  open[0].agree('agree')
  open[0].agree('agree')
  open[0].disagree()
  open[0].shown()
  assert.deepEqual(answers.map((answer) => ({ ...answer })), [{ event: 'exposureAuthorization' }, { event: 'agree', buttonId: 'agree' }])
  const later = need('getPhoneNumber')
  open[0].agree('agree')
  assert.deepEqual(later, [], 'a dialog that is closed does not answer for what comes later')
  open[1].disagree()
  assert.deepEqual(later.map((answer) => ({ ...answer })), [{ event: 'disagree' }])
})

test('"the second API hangs for ever": all that wait get the answer of the one dialog', () => {
  const { need, open } = helper()
  const all = [need('chooseAvatar'), need('getPhoneNumber'), need('nickname')]
  assert.equal(open.length, 1)
  open[0].agree('yes')
  for (const answers of all) assert.deepEqual(answers.map((answer) => ({ ...answer })), [{ event: 'agree', buttonId: 'yes' }])
})

test('a page on top has its own dialog; when it goes, the one below is asked again', () => {
  const { world, need, open, privacy } = helper()
  const above = []
  const off = privacy.onNeedPrivacy((request) => above.push(request))
  need('a')
  above[0].disagree()
  off()
  off()
  need('b')
  assert.deepEqual([above.length, open.length, world.registrations], [1, 1, 1])
})

test('a dialog that fails or is gone has disagreed: nothing hangs', () => {
  const { need, off, privacy, world } = helper()
  off()
  assert.deepEqual(need('a').map(({ event }) => event), ['disagree'])
  privacy.onNeedPrivacy(() => { throw new Error('no dialog') })
  assert.deepEqual(need('b').map(({ event }) => event), ['disagree'])
  assert.equal(world.thrown.message, 'no dialog', 'and App.onError hears of it')
})

test('"after going back no dialog comes ever again": a page that goes with its dialog open has disagreed', () => {
  const { need, open, off, privacy } = helper()
  const waiting = [need('getPhoneNumber'), need('chooseAvatar')]
  off()
  for (const answers of waiting) assert.deepEqual(answers.map((answer) => ({ ...answer })), [{ event: 'disagree' }])
  open[0].agree('agree')
  const again = []
  const offAgain = privacy.onNeedPrivacy((request) => again.push(request))
  const later = need('getPhoneNumber')
  assert.deepEqual([again.length, later], [1, []], 'the page is opened anew, and asks')
  const above = privacy.onNeedPrivacy(() => assert.fail('it came too late for this one'))
  above()
  assert.deepEqual(later, [], 'another page, which was not asked, goes without a word')
  again[0].agree('agree')
  offAgain()
  assert.deepEqual(later.map(({ event }) => event), ['agree'])
})

test('base libraries before 2.32.3 need no consent', async () => {
  const phone = new Phone()
  phone.start()
  const { privacy } = phone.startUserData()
  privacy.onNeedPrivacy(() => assert.fail('asked'))()
  assert.deepEqual({ ...(await privacy.getPrivacySetting()) }, { needAuthorization: false, privacyContractName: '' })
  await privacy.requirePrivacyAuthorize()
  await privacy.openPrivacyContract()
})

test('what WeChat says of the policy, and a refusal, come through', async () => {
  const phone = new Phone()
  phone.start()
  const { privacy } = phone.startUserData({ wx: {
    getPrivacySetting: ({ success }) => success({ needAuthorization: true, privacyContractName: '《隐私保护指引》', errMsg: 'getPrivacySetting:ok' }),
    requirePrivacyAuthorize: ({ fail }) => fail({ errMsg: 'requirePrivacyAuthorize:fail privacy permission is not authorized', errno: 104 }),
    openPrivacyContract: () => { throw new TypeError('not today') },
  } })
  assert.deepEqual({ ...(await privacy.getPrivacySetting()) }, { needAuthorization: true, privacyContractName: '《隐私保护指引》' })
  assert.equal((await phone.failure(privacy.requirePrivacyAuthorize())).code, 'privacy_denied')
  assert.equal((await phone.failure(privacy.openPrivacyContract())).code, 'wechat_failed')
})
