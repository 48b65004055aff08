import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openPage } from './shell_page.mjs'

test('a mini program compiled anew restarts the phone; one that did not compile says why', async () => {
  const page = await openPage({ change: { own_program: true } })
  await page.emit('reload', { warnings: ['pages/a.wxml: unknown <foo>'], error: null })
  assert.equal(page.phones.length, 2)
  assert.match(page.find('banner-build').textContent, /1 warnings.*unknown <foo>/)
  await page.emit('reload', { warnings: [], error: 'app.json: Unexpected token' })
  assert.equal(page.phones.length, 2, 'the old program goes on')
  assert.match(page.find('banner-build').textContent, /did not compile.*app\.json: Unexpected token/)
  await page.emit('reload', { warnings: [], error: null })
  assert.equal(page.find('banner-build'), null)
})

test('what goes wrong in an own program is shown, can be dismissed, and is past when it starts anew', async () => {
  const page = await openPage({ change: { own_program: true } })
  const fail = (message) => page.phones.at(-1).host.log('error', message)
  page.phones[0].host.log('warn', 'only a warning')
  assert.equal(page.find('banner-program'), null)
  fail('Error: boom in onLaunch')
  fail('Error: boom in onLaunch')
  fail('a rejected promise was not handled: <b>x</b>')
  assert.equal(page.find('banner-program').querySelector('pre').textContent,
    'Error: boom in onLaunch\n\na rejected promise was not handled: <b>x</b>')
  page.find('banner-program-close').click()
  assert.equal(page.find('banner-program'), null)
  fail('again')
  assert.ok(page.find('banner-program'))
  await page.emit('reload', { warnings: [], error: null })
  assert.equal(page.find('banner-program'), null)
})

test('the example tells of its failures by itself', async () => {
  const page = await openPage()
  page.phones[0].host.log('error', 'x')
  assert.equal(page.find('banner-program'), null)
})
