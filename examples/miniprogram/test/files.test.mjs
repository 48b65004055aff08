import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { test } from 'node:test'
import { attach, open, phone, root, run } from './program.mjs'

const read = (file) => readFile(path.join(root, file), 'utf8')
const app = JSON.parse(await read('app.json'))
const nobody = { session: null, on: () => () => {}, sessions: async () => [], login: async () => ({}), me: async () => null }
const components = ['components/privacy-dialog/privacy-dialog']

/** The ids that the playground and its tests look for. */
const ids = {
  'pages/index/index': [
    'login', 'status', 'openid', 'unionid', 'user-id', 'call-backend', 'notes', 'note-text', 'add-note', 'open-sessions', 'check',
    'logout', 'open-profile', 'message',
  ],
  'pages/sessions/sessions': ['session-list', 'message'],
  'pages/profile/profile': [
    'avatar', 'avatar-image', 'nickname', 'nickname-text', 'save-nickname', 'phone-number', 'take-phone', 'take-phone-now', 'phone-again', 'take-steps',
    'days', 'open-settings', 'older-profile', 'older-button', 'older', 'user-id', 'agree-policy', 'erase-here', 'erase-everywhere', 'erased', 'message',
  ],
  'components/privacy-dialog/privacy-dialog': ['privacy', 'read-privacy', 'refuse-privacy', 'agree-privacy'],
}

test('what is JSON is valid, and every page has its four files', async () => {
  const files = await readdir(root)
  for (const file of files.filter((name) => name.endsWith('.json'))) JSON.parse(await read(file))
  for (const page of [...app.pages, ...components]) {
    JSON.parse(await read(`${page}.json`))
    for (const end of ['ts', 'wxml', 'wxss']) assert.ok((await read(`${page}.${end}`)).length > 0)
  }
  assert.equal(app.componentFramework, 'glass-easel')
  assert.equal(app.lazyCodeLoading, 'requiredComponents')
})

test('a page that takes personal data has the privacy dialog, and the app says that it asks', async () => {
  assert.equal(app.__usePrivacyCheck__, true)
  for (const page of app.pages) {
    const wxml = await read(`${page}.wxml`)
    const takes = /open-type="(getPhoneNumber|getRealtimePhoneNumber|chooseAvatar|getUserInfo)"|type="nickname"/.test(wxml)
    assert.equal(/<privacy-dialog /.test(wxml), takes, page)
    if (takes) assert.equal(JSON.parse(await read(`${page}.json`)).usingComponents['privacy-dialog'], `/${components[0]}`)
  }
})

test('theme.json has every colour that app.json names, light and dark', async () => {
  const theme = JSON.parse(await read(app.themeLocation))
  const named = Object.values(app.window).filter((value) => value.startsWith('@')).map((value) => value.slice(1)).sort()
  assert.deepEqual(Object.keys(theme.light).sort(), named)
  assert.deepEqual(Object.keys(theme.dark).sort(), named)
})

for (const page of [...app.pages, ...components]) {
  test(`${page}: ids, handlers and texts of the WXML are there`, async () => {
    const wxml = `${await read(`${page}.wxml`)}${await read('templates/notices.wxml')}`
    const { data, ...methods } = await (components.includes(page) ? attach : open)(`${page}.ts`, { hufu: nobody })
    // The lines about the user are made in a loop, so their ids come from the page.
    const there = wxml + (await read(`${page}.ts`)).replaceAll(/id: '([\w-]+)'/g, 'id="$1"')
    for (const id of ids[page]) assert.ok(there.includes(`id="${id}"`), id)
    for (const [, handler] of wxml.matchAll(/bind:\w+="(\w+)"/g)) assert.equal(typeof methods[handler], 'function', handler)
    for (const [, name] of wxml.matchAll(/\bt\.(\w+)/g)) assert.equal(typeof data.t[name], 'string', name)
  })

  test(`${page}: every control says what it is`, async () => {
    const wxml = await read(`${page}.wxml`)
    for (const [input] of wxml.matchAll(/<input [^>]*>/g)) assert.match(input, /aria-label=/, input)
    for (const [, attributes, content] of wxml.matchAll(/<button ([^>]*)>([^]*?)<\/button>/g)) {
      assert.ok(/aria-label=/.test(attributes) || /\{\{.*t\.|\{\{name/.test(content), attributes)
    }
  })

  test(`${page}: the WXML is of the kind that WeChat's compilers, old and new, read alike`, async () => {
    const wxml = `${await read(`${page}.wxml`)}${await read('templates/notices.wxml')}`
    assert.doesNotMatch(wxml, /\s(bind|catch)[a-z]+=/, 'an event without a colon')
    assert.doesNotMatch(wxml, /\swx-\w+=/, 'wx- in place of wx:')
    for (const [, value] of wxml.matchAll(/="([^"]*)"/g)) assert.doesNotMatch(value, /[&<>]/, 'what an attribute would have to escape')
  })
}

test('no text is left over, and none is the same in both languages by mistake', async () => {
  const { textsIn } = await run("export * from './texts'")
  const sources = await Promise.all([
    ...[...app.pages, ...components].flatMap((page) => [`${page}.wxml`, `${page}.ts`]), 'templates/notices.wxml',
  ].map(read))
  for (const [name, text] of Object.entries(textsIn('zh'))) {
    assert.notEqual(textsIn('en')[name], text, name)
    assert.ok(sources.some((source) => source.includes(`t.${name}`)), `nobody says ${name}`)
  }
})

test('the app starts on a base library from before 2.20.1 too, and says which phone it is on', async () => {
  const sent = []
  for (const old of [{}, { getAppBaseInfo: undefined, getDeviceInfo: undefined, getSystemInfoSync: () => ({ language: 'zh_CN', model: 'Phone', system: 'OS 1' }) }]) {
    const wx = phone('zh_CN', {
      ...old, login: ({ success }) => success({ code: 'c0de' }), getAccountInfoSync: () => ({ miniProgram: { appId: 'wx1', envVersion: 'trial' } }),
      request: ({ data }) => { sent.push(data.device) }, uploadFile: () => {},
      getStorage: ({ fail }) => fail({}), setStorage: ({ success }) => success({}), removeStorage: ({ success }) => success({}),
    })
    let app
    const { language } = await run("import './app'\nexport * from './texts'", { wx, App: (made) => (app = made) })
    assert.equal(language(), 'zh')
    while (sent.length === 0) await new Promise((resolve) => setImmediate(resolve))
    assert.deepEqual({ ...sent.pop() }, { model: 'Phone', system: 'OS 1' })
    app.hufu.destroy()
    await assert.rejects(app.launched, { code: 'aborted' })
  }
})

test('no secret of WeChat has a name here', async () => {
  for (const file of await readdir(root, { recursive: true })) {
    if (!/\.(ts|json)$/.test(file) || /node_modules|miniprogram_npm/.test(file)) continue
    assert.doesNotMatch(await read(file), /app_?secret|jscode2session|api\.weixin\.qq\.com/i, file)
  }
})

test('types are imported in the way that the TypeScript of older DevTools reads', async () => {
  for (const file of await readdir(root, { recursive: true })) {
    if (!file.endsWith('.ts') || /node_modules|miniprogram_npm/.test(file)) continue
    assert.doesNotMatch(await read(file), /import \{[^}]*\btype /, file)
  }
})
