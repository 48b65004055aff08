import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { test } from 'node:test'
import { open, root, run } from './program.mjs'

const read = (file) => readFile(path.join(root, file), 'utf8')
const app = JSON.parse(await read('app.json'))
const nobody = { session: null, on: () => () => {}, sessions: async () => [] }

/** The ids that the playground and its tests look for. */
const ids = {
  'pages/index/index': [
    'login', 'status', 'openid', 'unionid', 'user-id', 'call-backend', 'notes', 'note-text', 'add-note', 'open-sessions', 'check',
    'logout', 'message',
  ],
  'pages/sessions/sessions': ['session-list', 'message'],
}

test('what is JSON is valid, and every page has its four files', async () => {
  const files = await readdir(root)
  for (const file of files.filter((name) => name.endsWith('.json'))) JSON.parse(await read(file))
  for (const page of app.pages) {
    JSON.parse(await read(`${page}.json`))
    for (const end of ['ts', 'wxml', 'wxss']) assert.ok((await read(`${page}.${end}`)).length > 0)
  }
  assert.equal(app.componentFramework, 'glass-easel')
  assert.equal(app.lazyCodeLoading, 'requiredComponents')
})

test('theme.json has every colour that app.json names, light and dark', async () => {
  const theme = JSON.parse(await read(app.themeLocation))
  const named = Object.values(app.window).filter((value) => value.startsWith('@')).map((value) => value.slice(1)).sort()
  assert.deepEqual(Object.keys(theme.light).sort(), named)
  assert.deepEqual(Object.keys(theme.dark).sort(), named)
})

for (const page of app.pages) {
  test(`${page}: ids, handlers and texts of the WXML are there`, async () => {
    const wxml = `${await read(`${page}.wxml`)}${await read('templates/notices.wxml')}`
    const { data, ...methods } = await open(`${page}.ts`, { hufu: nobody })
    // The lines about the user are made in a loop, so their ids come from the page.
    const there = wxml + (await read(`${page}.ts`)).replaceAll(/id: '([\w-]+)'/g, 'id="$1"')
    for (const id of ids[page]) assert.ok(there.includes(`id="${id}"`), id)
    for (const [, handler] of wxml.matchAll(/bind:\w+="(\w+)"/g)) assert.equal(typeof methods[handler], 'function', handler)
    for (const [, name] of wxml.matchAll(/\bt\.(\w+)/g)) assert.equal(typeof data.t[name], 'string', name)
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
    ...app.pages.flatMap((page) => [`${page}.wxml`, `${page}.ts`]), 'templates/notices.wxml',
  ].map(read))
  for (const [name, text] of Object.entries(textsIn('zh'))) {
    assert.notEqual(textsIn('en')[name], text, name)
    assert.ok(sources.some((source) => source.includes(`t.${name}`)), `nobody says ${name}`)
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
