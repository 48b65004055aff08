import assert from 'node:assert/strict'
import { test } from 'node:test'
import { least, withFiles } from './fixtures/files.mjs'
import { build, startPhone, until } from './fixtures/phone.mjs'

/** Runs a test on a program of its own files. */
function withProgram(name, files, work, options) {
  test(name, async () => {
    const phone = startPhone(await withFiles({ ...least, ...files }, (dir) => build(dir)), options)
    try {
      await work(phone)
      assert.deepEqual(phone.errors, [])
      if (!options?.faulty) assert.deepEqual(phone.host.logs.filter(([level]) => level !== 'info'), [])
    } finally {
      phone.close()
    }
  })
}

withProgram('a page written with Component gets the query as properties, and all its lifecycles', {
  'app.js': 'App({ trace: [] })',
  'pages/a/a.json': '{ "component": true }',
  'pages/a/a.wxml': '<text id="got">{{id}} {{word}}</text>',
  'pages/a/a.js': `Component({
    properties: { id: Number, word: String },
    lifetimes: { attached() { getApp().trace.push('attached') } },
    pageLifetimes: { show() { getApp().trace.push('page show') }, hide() { getApp().trace.push('page hide') } },
    methods: { onLoad(query) { getApp().trace.push('load ' + query.id) }, onShow() { getApp().trace.push('show') } },
  })`,
}, ({ text, globals, phone }) => {
  assert.equal(text('got'), '7 你')
  phone.background()
  assert.deepEqual([...globals.getApp().trace], ['attached', 'load 7', 'page show', 'show', 'page hide'])
}, { options: { path: 'pages/a/a?id=7&word=%E4%BD%A0' } })

withProgram('behaviors: our own, and WeChat\'s by name; Component called by a helper module', {
  'pages/a/a.json': '{ "usingComponents": { "my-field": "/field" } }',
  'pages/a/a.wxml': '<my-field id="field" name="n" my-class="red" title="t"/>',
  'field.json': '{ "component": true }',
  'field.wxml': '<view id="inner" class="my-class own">{{title}} {{shared}} {{name}}</view>',
  'field.wxss': '.own { color: red }',
  'field.js': "require('./helper').make({ externalClasses: ['my-class'], behaviors: ['wx://form-field', require('./shared')], properties: { title: String } })",
  'helper.js': 'exports.make = (definition) => Component(definition)',
  'shared.js': "module.exports = Behavior({ data: { shared: 'from a behavior' } })",
}, ({ text, byId }) => {
  assert.equal(text('inner'), 't from a behavior n')
  assert.deepEqual([...byId('inner').classList].sort(), ['red', 's0--own'], 'its own class has its scope, one from outside has not')
})

withProgram('selectComponent, relations of slots, triggerEvent that bubbles', {
  'pages/a/a.json': '{ "usingComponents": { "c": "/c" } }',
  'pages/a/a.wxml': '<view bind:deep="heard"><c id="c"><text slot="foot" id="foot">foot</text></c></view><text id="heard">{{heard}}</text>',
  'pages/a/a.js': "Page({ data: { heard: '' }, onReady() { this.selectComponent('#c').shout('hi') }, heard(event) { this.setData({ heard: event.detail.word + ' ' + event.target.id }) } })",
  'c.json': '{ "component": true }',
  'c.wxml': '<slot name="head"/><slot name="foot"/>',
  'c.js': "Component({ options: { multipleSlots: true }, methods: { shout(word) { this.triggerEvent('deep', { word }, { bubbles: true, composed: true }) } } })",
}, async ({ text }) => {
  await until(() => text('heard') === 'hi c')
  assert.equal(text('foot'), 'foot')
})

withProgram('a list keeps its elements by their key, and follows setData by path', {
  'pages/a/a.wxml': '<input wx:for="{{list}}" wx:key="k" class="item" value="{{item.v}}" /><view wx:for="{{[0, 1, 2]}}" wx:key="*this" class="n">{{index}}</view>',
  'pages/a/a.js': "Page({ data: { list: [{ k: 1, v: 'a' }, { k: 2, v: 'b' }] }, onLoad() { getApp().page = this } })",
}, ({ all, globals }) => {
  const [first, second] = all('.item')
  const { page } = globals.getApp()
  page.setData({ list: [{ k: 2, v: 'b' }, { k: 1, v: 'a' }], 'list[0].v': 'b2' })
  assert.deepEqual(all('.item'), [second, first])
  assert.equal(second.querySelector('input').value, 'b2')
  assert.deepEqual(all('.n').map((one) => one.textContent), ['0', '1', '2'])
})

withProgram('an event is a plain object, as WeChat makes it', {
  'pages/a/a.wxml': '<view id="outer" data-a="1" bindtap="tapped" mark:m="x"><text id="inner" data-b="{{2}}">t</text></view>',
  'pages/a/a.js': 'Page({ tapped(event) { getApp().event = event } })',
}, ({ tap, globals }) => {
  tap('inner')
  const event = JSON.parse(JSON.stringify(globals.getApp().event))
  assert.deepEqual([event.type, event.detail], ['tap', { x: 5, y: 5 }])
  assert.deepEqual([event.currentTarget.id, event.currentTarget.dataset], ['outer', { a: '1' }])
  assert.deepEqual([event.target.id, event.target.dataset], ['inner', { b: 2 }])
  assert.deepEqual([event.mark, event.touches, event.changedTouches], [{ m: 'x' }, [], []])
})

withProgram('what bindinput returns replaces what was typed; confirm, focus and blur tell the value', {
  'pages/a/a.wxml': '<input id="i" value="{{v}}" bindinput="input" bindconfirm="told" bindfocus="told" bindblur="told" bindchange="told" />',
  'pages/a/a.js': "Page({ data: { v: '' }, input(event) { getApp().inputs = (getApp().inputs ?? 0) + 1; return event.detail.value.toUpperCase() }, told(event) { (getApp().told ??= []).push(event.type + ' ' + event.detail.value) } })",
}, async ({ type, byId, key, globals }) => {
  const control = byId('i').querySelector('input')
  control.focus()
  type('i', 'abc')
  await until(() => control.value === 'ABC')
  key(control, 'Enter')
  assert.deepEqual([...globals.getApp().told], ['focus ', 'confirm ABC', 'blur ABC'])
  assert.equal(globals.getApp().inputs, 1, 'the browser\'s own event does not come through')
})

withProgram('choices: checkboxes and radios tell their group; a picker asks in a dialog', {
  'pages/a/a.wxml': `<checkbox-group bindchange="told"><label><checkbox value="a" id="a"/><text id="label-a">A</text></label><checkbox value="b" id="b"/></checkbox-group>
    <radio-group bindchange="told"><radio value="1" id="r1" checked/><radio value="2" id="r2"/></radio-group>
    <picker id="p" range="{{[{n: 'x'}, {n: 'y'}]}}" range-key="n" bindchange="told"><text>pick</text></picker>
    <textarea id="t" bindinput="told" placeholder="long"/><switch id="s" disabled bindchange="told"/>`,
  'pages/a/a.js': 'Page({ told(event) { (getApp().told ??= []).push(JSON.stringify(event.detail.value)) } })',
}, async ({ tap, type, byId, all, globals }) => {
  const told = () => [...(globals.getApp().told ?? [])]
  tap('label-a')
  tap('b')
  tap('r2')
  tap('r2')
  tap('s')
  assert.deepEqual(told(), ['["a"]', '["a","b"]', '"2"'])
  assert.deepEqual(['r1', 'r2', 's'].map((id) => byId(id).getAttribute('aria-checked')), ['false', 'true', 'false'])
  tap('p')
  const choices = await until(() => all('[role="dialog"] button').length && all('[role="dialog"] button'))
  assert.deepEqual(choices.map((one) => one.textContent), ['x', 'y', 'Cancel'])
  choices[1].click()
  type('t', 'text')
  await until(() => told().length === 5)
  assert.deepEqual(told().slice(3).sort(), ['"text"', '1'])
  assert.ok(byId('a').getAttribute('aria-labelledby'))
})

withProgram('an unknown element draws its content and hears taps', {
  'pages/a/a.wxml': '<div id="d" bindtap="told">x</div><web-view id="w" bindtap="told">y</web-view>',
  'pages/a/a.js': 'Page({ told(event) { (getApp().told ??= []).push(event.currentTarget.id) } })',
}, ({ tap, globals }) => {
  tap('d')
  tap('w')
  assert.deepEqual([...globals.getApp().told], ['d', 'w'])
})

withProgram('a handler that throws is told, and the next one still runs', {
  'app.js': 'App({ errors: [], onError(message) { this.errors.push(message.split("\\n")[0]) } })',
  'pages/a/a.wxml': '<view id="bad" bindtap="bad"/><view id="good" bindtap="good">{{ok}}</view>',
  'pages/a/a.js': "Page({ data: { ok: '' }, bad() { throw new TypeError('oops') }, good() { this.setData({ ok: 'yes' }) } })",
}, ({ tap, text, globals, host }) => {
  tap('bad')
  assert.match(globals.getApp().errors[0], /TypeError: oops/)
  assert.ok(host.logs.some(([level, message]) => level === 'error' && message.includes('oops')))
  tap('good')
  assert.equal(text('good'), 'yes')
}, { faulty: true })

withProgram('hover-class shows while an element is pressed', {
  'pages/a/a.wxml': '<view id="v" class="base" hover-class="pressed" hover-start-time="0" hover-stay-time="0">v</view><button id="off" disabled hover-class="pressed">b</button>',
}, async ({ byId, window, time }) => {
  const point = (id, type) => byId(id).dispatchEvent(new window.Event(type, { bubbles: true }))
  point('v', 'pointerdown')
  point('off', 'pointerdown')
  time.advance(100)
  assert.deepEqual([byId('v').className, byId('off').className], ['base pressed', ''])
  point('v', 'pointerup')
  time.advance(100)
  assert.equal(byId('v').className, 'base')
}, { clock: true })

withProgram('scrolling tells the page, and the end of it once', {
  'app.js': 'App({ trace: [] })',
  'pages/a/a.json': '{ "enablePullDownRefresh": true }',
  'pages/a/a.js': "Page({ onPageScroll({ scrollTop }) { getApp().trace.push(scrollTop) }, onReachBottom() { getApp().trace.push('bottom') }, onPullDownRefresh() { getApp().trace.push('refresh') } })",
}, async ({ all, window, globals }) => {
  const [page] = all('.phone-page')
  Object.defineProperties(page, { scrollHeight: { value: 1000 }, clientHeight: { value: 500 } })
  for (const top of [100, 460, 470]) {
    page.scrollTop = top
    page.dispatchEvent(new window.Event('scroll'))
  }
  await globals.wx.startPullDownRefresh()
  assert.deepEqual([...globals.getApp().trace], [100, 460, 'bottom', 470, 'refresh'])
  assert.ok(all('.phone-pages')[0].hasAttribute('data-refreshing'))
  await globals.wx.stopPullDownRefresh()
  page.scrollTop = 0
  for (const [type, clientY] of [['pointerdown', 10], ['pointermove', 60], ['pointermove', 90], ['pointermove', 120]]) {
    page.dispatchEvent(Object.assign(new window.Event(type), { clientY }))
  }
  assert.deepEqual([...globals.getApp().trace].slice(-2), ['refresh', 'refresh'], 'pulled once more')
  await globals.wx.stopPullDownRefresh()
  assert.ok(!all('.phone-pages')[0].hasAttribute('data-refreshing'))
})

withProgram('a page may send the user on in its onLoad, and speak after it is gone', {
  'app.json': '{ "pages": ["pages/a/a", "pages/b/b"] }',
  'app.js': 'App({ trace: [] })',
  'pages/a/a.wxml': '<text>{{late}}</text><c wx:if="{{late}}"/>',
  'pages/a/a.json': '{ "usingComponents": { "c": "/c" } }',
  'pages/a/a.js': `Page({
    data: { late: '' },
    onLoad() { getApp().trace.push('a load'); getApp().first = this; wx.redirectTo({ url: '/pages/b/b' }) },
    onShow() { getApp().trace.push('a show') },
    onReady() { getApp().trace.push('a ready') },
    onUnload() { getApp().trace.push('a unload') },
  })`,
  'pages/b/b.wxml': '<text id="b">b</text>',
  'pages/b/b.js': "Page({ onShow() { getApp().trace.push('b show') } })",
  'c.json': '{ "component": true }', 'c.wxml': '<view/>', 'c.js': 'Component({})',
}, async ({ text, phone, globals }) => {
  await until(() => phone.route === 'pages/b/b')
  assert.deepEqual([...globals.getApp().trace], ['a load', 'a show', 'a unload', 'b show'])
  globals.getApp().first.setData({ late: 'yes' })
  assert.equal(text('b'), 'b')
})
