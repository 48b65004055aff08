import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { test } from 'node:test'
import { parts } from './shell_parts.mjs'

const { chooseLang, chooseTheme, duration, lockKinds, scenarioIds, textsOf } = await parts()
const [en, zh] = [textsOf('en'), textsOf('zh')]
const holes = (text) => [...text.matchAll(/\{(\w+)\}/g)].map((m) => m[1]).sort()

test('every text is in both languages, with the same holes to fill', () => {
  assert.deepEqual(Object.keys(zh).sort(), Object.keys(en).sort())
  for (const key of Object.keys(en)) {
    assert.notEqual(zh[key].trim(), '', key)
    assert.deepEqual(holes(zh[key]), holes(en[key]), key)
  }
})

test('what is said in Chinese is Chinese', () => {
  const asIs = new Set(['phone.online', 'party.hufu', 'who.openid', 'diagram.ms', 'session.lives',
    ...lockKinds.map((kind) => `lock.${kind}.name`)])
  for (const [key, text] of Object.entries(zh)) if (!asIs.has(key) && !key.startsWith('page.language')) assert.match(text, /\p{Script=Han}/u, key)
  for (const [key, text] of Object.entries(en)) if (!key.startsWith('page.language')) assert.doesNotMatch(text, /\p{Script=Han}/u, key)
})

test('every kind of lock and every scenario has its words', () => {
  for (const kind of lockKinds) for (const part of ['name', 'what', 'who', 'why']) assert.ok(en[`lock.${kind}.${part}`], `${kind}.${part}`)
  for (const id of scenarioIds) for (const part of ['title', 'text', 'tap']) assert.ok(en[`scenario.${id}.${part}`], `${id}.${part}`)
})

test('what the static page asks for is there', async () => {
  const page = await readFile(path.join(import.meta.dirname, '../src/static/index.html'), 'utf8')
  const asked = [...page.matchAll(/data-(?:text|label)="([^"]+)"/g)].map((m) => m[1])
  assert.ok(asked.length > 10)
  for (const key of asked) assert.ok(key in en, key)
})

test('the address chooses the language, then what was kept, then the browser', () => {
  assert.equal(chooseLang('zh', 'en', ['en-US']), 'zh')
  assert.equal(chooseLang('fr', 'en', ['zh-CN']), 'en')
  assert.equal(chooseLang(null, null, ['zh-Hant-TW', 'en']), 'zh')
  assert.equal(chooseLang(null, null, ['de', 'zh']), 'en')
  assert.equal(chooseLang(null, null, []), 'en')
  assert.deepEqual([chooseTheme('dark', 'light'), chooseTheme('x', 'light'), chooseTheme(null, null)], ['dark', 'light', 'auto'])
})

test('a duration is said in its two largest units', () => {
  const i18n = { t: (key, { n }) => `${n}${key.slice(5)}` }
  assert.equal(duration(i18n, 31 * 86400), '31d')
  assert.equal(duration(i18n, 90061), '1d 1h')
  assert.equal(duration(i18n, 900), '15min')
  assert.equal(duration(i18n, 0), '0s')
})
