import assert from 'node:assert/strict'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { before, test } from 'node:test'
import vm from 'node:vm'
import { least, withFiles } from './fixtures/files.mjs'
import { loadCompiler, program } from './fixtures/phone.mjs'

let compile

before(async () => {
  ;({ compile } = await loadCompiler())
})

const compiled = (files) => withFiles({ ...least, ...files }, (dir) => compile(dir))

/** Runs a compiled script; gives what it set, and its code. */
function load(script, given = {}) {
  const context = vm.createContext({})
  vm.runInContext(script, context)
  const { hufuProgram } = context
  return { ...hufuProgram, ...hufuProgram.code({ getRegExp: (p, f) => new RegExp(p, f), ...given }) }
}

/** Requires a module of a loaded program, with all it requires. */
function run({ modules }, name) {
  const module = { exports: {} }
  modules[name].run.call(module.exports, (request) => run({ modules }, modules[name].requires[request]), module, module.exports)
  return module.exports
}

test('the same files give the same bytes, wherever they lie', async () => {
  const dir = await mkdtemp(path.join(tmpdir(), 'hufu-program-'))
  try {
    await cp(program, dir, { recursive: true })
    const [first, second] = [await compile(program), await compile(dir)]
    assert.equal(first.script, second.script)
    assert.deepEqual([first.warnings, second.warnings], [[], []])
    assert.ok(!first.script.includes(path.dirname(program)), 'no path of this machine')
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
})

test('it names every file it was made of, and only those', async () => {
  const { files } = await compile(program)
  const names = files.map((file) => path.relative(program, file))
  for (const name of ['app.json', 'theme.json', 'base.wxss', 'pages/index/row.wxml', 'wxs/unit.wxs', 'greeting.ts', 'components/counter/counter.json', 'images/dot.png']) {
    assert.ok(names.includes(name), name)
  }
  assert.ok(!names.includes('images/unused.png'))
})

test('project.config.json says where the program is', async () => {
  const moved = Object.fromEntries(Object.entries(least).map(([name, text]) => [`src/${name}`, text]))
  const { script } = await withFiles({ ...moved, 'project.config.json': '{ "miniprogramRoot": "src/" }' }, (dir) => compile(dir))
  assert.deepEqual([...load(script).app.pages], ['pages/a/a'])
})

test('modules: TypeScript, imports of types, of JSON, cycles, index files', async () => {
  const { script, warnings } = await compiled({
    'app.ts': `import type { T } from './gone'; import { one } from './lib'; import data from './data.json'
      export enum E { A = 1 } export const sum: number = one + data.n; App({ async f() { await 0 } })`,
    'app.js': 'never',
    'lib/index.ts': "import { sum } from '../app'; export const one = 1; export const later = () => sum",
    'data.json': '{ "n": 2 }',
  })
  assert.deepEqual(warnings, [])
  const { modules } = load(script, { App() {} })
  assert.deepEqual({ ...modules.app.requires }, { './lib': 'lib/index', './data.json': 'data.json' })
  assert.deepEqual({ ...run({ modules: { ...modules, 'lib/index': { requires: {}, run: (_, module) => void (module.exports = { one: 1 }) } } }, 'app') }.sum, 3)
})

test('packages: miniprogram_npm, a package\'s own miniprogram folder, its main, and those of parents', async () => {
  const files = {
    'src/app.json': least['app.json'], 'src/pages/a/a.wxml': '<view/>', 'src/pages/a/a.js': 'Page({})',
    'src/app.js': "module.exports = [require('built'), require('@s/kit'), require('plain'), require('@s/kit/deep')]",
    'src/miniprogram_npm/built/index.js': "module.exports = 'built'",
    'node_modules/@s/kit/package.json': '{ "miniprogram": "dist", "main": "never.js" }',
    'node_modules/@s/kit/dist/index.js': "module.exports = 'kit'",
    'node_modules/@s/kit/dist/deep.js': "module.exports = 'deep'",
    'node_modules/plain/package.json': '{ "main": "lib/main.js" }',
    'node_modules/plain/lib/main.js': "module.exports = 'plain ' + require('./other') + require('inner')",
    'node_modules/plain/lib/other.js': "module.exports = 'other '",
    'node_modules/plain/node_modules/inner/package.json': '{ "main": "./index.js" }',
    'node_modules/plain/node_modules/inner/index.js': "module.exports = 'inner'",
  }
  const { script, warnings } = await withFiles(files, (dir) => compile(path.join(dir, 'src')))
  assert.deepEqual(warnings, [])
  assert.deepEqual([...run(load(script), 'app')], ['built', 'kit', 'plain other inner', 'deep'])
})

test('WXML: built-in tags are renamed in tags only', async () => {
  const { script } = await compiled({
    'pages/a/a.wxml': `<!-- <view> --><view title="a > <view>" wx:if="{{ '<view>' }}">1 &lt;view> {{ a < b ? '<text>' : 2 }}<wxs module="m">var view = '<view>'; module.exports = { view: view }</wxs></view>`,
  })
  const code = load(script).templates['pages/a/a'].toString() + script
  assert.match(code, /"wx-view"/)
  assert.match(code, /'<view>'/)
  assert.doesNotMatch(code, /<wx-view>/)
})

test('WXSS: rpx, imports, tags, scopes, :host, themes, pages apart', async () => {
  const { script } = await compiled({
    'app.wxss': '@import "lib/base.wxss"; .a { margin: -1.5rpx 2rpx; } @keyframes k { from { left: 1rpx } }',
    'lib/base.wxss': 'view > .x, input { color: red }',
    'pages/a/a.wxss': 'page, .p { color: blue } @media (prefers-color-scheme: dark) { .p, .q { color: white } }',
    'pages/a/a.json': '{ "usingComponents": { "c": "../../c/c", "d": "/c/d" } }',
    'pages/a/a.wxml': '<c/><d/>',
    'c/c.json': '{ "component": true }', 'c/c.js': 'Component({})', 'c/c.wxml': '<view/>',
    'c/c.wxss': ':host { color: red } .in .deep text { x: y } @media screen and (prefers-color-scheme: light) and (min-width: 300px) { .in { x: z } }',
    'c/d.json': '{ "component": true }', 'c/d.js': "Component({ options: { styleIsolation: 'shared' } })", 'c/d.wxml': '<view/>', 'c/d.wxss': '.d { x: y }',
  })
  const { styles, scopes } = load(script)
  const flat = (css) => css.replace(/\s+/g, ' ')
  assert.match(flat(styles.app), /wx-view > \.x, wx-input \{ color: red \} \.a \{ margin: calc\(var\(--rpx\)\*-1\.5\) calc\(var\(--rpx\)\*2\); \} @keyframes k \{ from \{ left: calc\(var\(--rpx\)\*1\) \} \}/)
  assert.equal(flat(styles['pages/a/a']), ':where([data-page="pages/a/a"]) page, :where([data-page="pages/a/a"]) .p { color: blue } '
    + ':where([data-theme="dark"]) :where([data-page="pages/a/a"]) .p, :where([data-theme="dark"]) :where([data-page="pages/a/a"]) .q { color: white }')
  const scope = scopes['c/c']
  assert.equal(flat(styles['c/c']), `[wx-host=${scope}] { color: red } .${scope}--in .${scope}--deep wx-text { x: y } @media (min-width: 300px) { :where([data-theme="light"]) .${scope}--in { x: z } }`)
  assert.equal(scopes['c/d'], undefined)
  assert.equal(flat(styles['c/d']), '.d { x: y }')
})

test('components: of the app, of packages, of each other; subpackages', async () => {
  const { script, warnings } = await compiled({
    'app.json': '{ "pages": ["pages/a/a"], "subPackages": [{ "root": "more", "pages": ["b/b"] }], "usingComponents": { "g": "/g/g" } }',
    'more/b/b.js': 'Page({})', 'more/b/b.wxml': '<g/><kit-button/>', 'more/b/b.json': '{ "usingComponents": { "kit-button": "kit/button/button" } }',
    'g/g.js': 'Component({})', 'g/g.json': '{ "component": true, "usingComponents": { "g": "./g" } }', 'g/g.wxml': '<g/>',
    'node_modules/kit/package.json': '{ "miniprogram": "dist" }',
    'node_modules/kit/dist/button/button.js': 'Component({})', 'node_modules/kit/dist/button/button.json': '{ "component": true }', 'node_modules/kit/dist/button/button.wxml': '<view/>',
  })
  assert.deepEqual(warnings, [])
  const { app, components } = load(script)
  assert.deepEqual([...app.pages], ['pages/a/a', 'more/b/b'])
  assert.deepEqual(Object.keys(components).sort(), ['g/g', 'miniprogram_npm/kit/button/button', 'more/b/b', 'pages/a/a'])
  assert.equal(components['more/b/b'].usingComponents['kit-button'], '/miniprogram_npm/kit/button/button')
})

for (const [name, files, message] of [
  ['WXML', { 'pages/a/a.wxml': '<view>\n  <text>{{ a + }}</text>\n</view>' }, /^pages\/a\/a\.wxml:2: /],
  ['an unclosed tag', { 'pages/a/a.wxml': '<view>\n<text>\n</view>' }, /^pages\/a\/a\.wxml:2: .*end tag/],
  ['WXSS', { 'app.wxss': '.a { color: red }\n.b { color' }, /^app\.wxss:2: /],
  ['a selector', { 'app.wxss': '\n.a[b { x: y }' }, /^app\.wxss:2: /],
  ['TypeScript', { 'app.ts': 'const a: number = 1\nconst b = = 2' }, /^app\.ts:2: /],
  ['JavaScript', { 'pages/a/a.js': 'Page({})\n\nlet x = 1\nlet x = 2' }, /^pages\/a\/a\.js:4: .*already been declared/],
  ['an imported module', { 'app.js': "require('./b')", 'b.js': 'var\n}' }, /^b\.js:2: /],
  ['JSON', { 'pages/a/a.json': '{\n  "a": 1,\n  b: 2\n}' }, /^pages\/a\/a\.json:3: unexpected "b" in JSON/],
  ['JSON with a comma too many', { 'pages/a/a.json': '{\n  "a": [1, 2],\n}' }, /^pages\/a\/a\.json:3: unexpected "}" in JSON/],
  ['JSON that ends', { 'app.json': '{\n"pages": [' }, /^app\.json:2: the JSON ends too early/],
  ['JSON that is a list', { 'app.json': '[]' }, /^app\.json:1: must hold a JSON object/],
  ['WXS', { 'pages/a/a.wxml': '<wxs module="m" src="./m.wxs" />', 'pages/a/m.wxs': 'var a = 1;\nvar = 2' }, /^pages\/a\/m\.wxs:2: /],
  ['inline WXS', { 'pages/a/a.wxml': '<view/>\n<wxs module="m">\nvar = 2\n</wxs>' }, /^pages\/a\/a\.wxml:3: /],
  ['no pages', { 'app.json': '{ "pages": [] }' }, /^app\.json:1: "pages"/],
  ['a page without WXML', { 'app.json': '{\n"pages": ["pages/a/a",\n"pages/b/b"] }' }, /^app\.json:3: pages\/b\/b\.wxml does not exist/],
  ['a page without a script', { 'pages/a/a.js': null }, /^pages\/a\/a\.wxml: has neither/],
  ['a missing component', { 'pages/a/a.json': '{ "usingComponents": {\n"c": "./none" } }' }, /^pages\/a\/a\.json:2: component "\.\/none" does not exist/],
  ['a missing import of WXML', { 'pages/a/a.wxml': '<import src="./none.wxml"/>' }, /^pages\/a\/a\.wxml: imports pages\/a\/none\.wxml/],
  ['a missing import of WXSS', { 'app.wxss': '\n@import "none.wxss";' }, /^app\.wxss:2: imports none\.wxss/],
  ['a tab that is no page', { 'app.json': '{ "pages": ["pages/a/a"],\n"tabBar": { "list": [{ "pagePath": "pages/x/x", "text": "x" }] } }' }, /^app\.json:2: tabBar names pages\/x\/x/],
  ['a package that was not built', { 'app.js': "require('kit')", 'node_modules/kit/package.json': '{ "miniprogram": "dist" }' }, /^kit\/package\.json: .*build the package first/],
]) {
  test(`an error names file and line: ${name}`, async () => {
    await assert.rejects(compiled(files), (error) => {
      assert.match(error.message, message)
      assert.ok(Array.isArray(error.files))
      return true
    })
  })
}

test('all faults are told at once, a line each', async () => {
  await assert.rejects(compiled({ 'app.js': 'var = 1', 'app.wxss': '.a {', 'pages/a/a.wxml': '<view>' }), (error) => {
    assert.deepEqual(error.message.split('\n').map((line) => line.split(':')[0]).sort(), ['app.js', 'app.wxss', 'pages/a/a.wxml'])
    return true
  })
})

test('no mini program: it says what is missing', async () => {
  await withFiles({ 'readme.md': '' }, (dir) => assert.rejects(compile(dir), /app\.json: not found/))
  await assert.rejects(compile('/nonexistent/program'), /no such folder/)
})

test('warnings, with file and line', async () => {
  const { warnings } = await compiled({
    'app.js': "App({})\nrequire('./none'); // require('./comment')\nrequire('nopackage')",
    'app.wxss': '.a { background: url(./x.png) }\n.b { background: url(data:x), url("https://a/b") }',
    'pages/a/a.wxml': '<view>\n<div/><canvas/></view>',
    'pages/a/a.less': '',
  })
  assert.deepEqual(warnings.map((warning) => warning.replace(/[;,].*|\(.*/, '')), [
    'app.js:2: module "./none" does not exist',
    'app.js:3: package "nopackage" is neither in miniprogram_npm nor in node_modules',
    'pages/a/a.wxml:2: <div> is neither an element of WeChat nor in usingComponents',
    'pages/a/a.wxml:2: <canvas> is not simulated here',
    'app.wxss:1: WXSS reads no local file: WeChat wants a data: or a network address here',
    'pages/a/a.less: is not compiled here: write WXSS',
  ])
})

test('pictures: those that are named, as data, and none that is too large', async () => {
  const { script, warnings } = await compiled({
    'pages/a/a.wxml': '<image src="/img/a.svg"/><image src="/img/big.png"/>', 'img/a.svg': '<svg/>', 'img/big.png': 'x'.repeat(513 * 1024), 'img/never.png': 'x',
  })
  assert.deepEqual({ ...load(script).assets }, { '/img/a.svg': `data:image/svg+xml;base64,${Buffer.from('<svg/>').toString('base64')}` })
  assert.match(warnings[0], /^img\/big\.png: is left out/)
})
