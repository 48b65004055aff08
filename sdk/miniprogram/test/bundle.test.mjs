import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import os from 'node:os'
import path from 'node:path'
import test from 'node:test'
import vm from 'node:vm'
import { gzipSync } from 'node:zlib'
import ts from 'typescript'

const here = path.resolve(import.meta.dirname, '..')
const read = (name) => readFile(path.join(here, name), 'utf8')
const entries = ['index', 'user-data']
const scripts = entries.flatMap((name) => [`miniprogram_dist/${name}.js`, `dist/${name}.cjs`, `dist/${name}.mjs`])

test('the built files are what the source makes, byte for byte', async () => {
  const out = await mkdtemp(path.join(os.tmpdir(), 'hufu-sdk-'))
  try {
    execFileSync(process.execPath, ['build.mjs', '--out', out], { cwd: here })
    for (const dir of ['miniprogram_dist', 'dist']) {
      assert.deepEqual(await readdir(path.join(out, dir)), await readdir(path.join(here, dir)))
      for (const name of await readdir(path.join(out, dir))) {
        assert.equal(await readFile(path.join(out, dir, name), 'utf8'), await read(`${dir}/${name}`), `${dir}/${name}: run npm run build`)
      }
    }
  } finally {
    await rm(out, { recursive: true })
  }
})

for (const [name, most, gzipped] of [['index', 24, 8], ['user-data', 9, 4]]) {
  test(`${name} is small`, async () => {
    const bytes = Buffer.from(await read(`miniprogram_dist/${name}.js`))
    assert.ok(bytes.length <= most * 1024, `${bytes.length} bytes`)
    assert.ok(gzipSync(bytes, { level: 9 }).length <= gzipped * 1024, `${gzipSync(bytes, { level: 9 }).length} bytes gzipped`)
  })
}

// None of these exists in a mini program, or not on every phone.
const forbidden = [
  'window', 'document', 'navigator', 'location', 'localStorage', 'fetch', 'XMLHttpRequest', 'process', 'Buffer', 'URL', 'URLSearchParams',
  'TextEncoder', 'TextDecoder', 'AbortController', 'AbortSignal', 'crypto', 'structuredClone', 'queueMicrotask', 'globalThis', 'global', 'self',
  'atob', 'btoa', 'performance', 'setImmediate', 'require', 'eval', 'Function', 'WeakRef', 'Proxy', 'BigInt', 'Intl',
]

/** Calls back for each node of a script. */
async function walk(name, visit) {
  const source = ts.createSourceFile(name, await read(name), ts.ScriptTarget.ES2022, true, ts.ScriptKind.JS)
  const go = (node) => { visit(node); node.forEachChild(go) }
  go(source)
}

/** Is it the name of a member, which may be called what it likes? */
function isMember(node) {
  const { parent } = node
  return (ts.isPropertyAccessExpression(parent) && parent.name === node) || (ts.isBindingElement(parent) && parent.propertyName === node) ||
    ((ts.isPropertyAssignment(parent) || ts.isMethodDeclaration(parent) || ts.isGetAccessor(parent)) && parent.name === node)
}

/** The one `require` there may be: the second entry stands on the first. */
function isOfTheFirst({ text, parent }) {
  return text === 'require' && ts.isCallExpression(parent) && /^\.\/index\.c?js$/.test(parent.arguments[0]?.text)
}

test('it names no global of browsers or of Node', async () => {
  for (const name of scripts) {
    await walk(name, (node) => {
      if (!ts.isIdentifier(node) || isMember(node) || isOfTheFirst(node)) return
      assert.ok(!forbidden.includes(node.text), `${name} uses ${node.text}`)
    })
  }
})

test('it wants nothing younger than ES2017', async () => {
  const young = ['finally', 'allSettled', 'any', 'flat', 'flatMap', 'fromEntries', 'matchAll', 'replaceAll', 'at', 'trimStart', 'trimEnd']
  for (const name of scripts) {
    await walk(name, (node) => {
      if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) assert.ok(!young.includes(node.expression.name.text), `${name} calls ${node.expression.name.text}`)
      for (const [what, is] of [
        ['object spread', ts.isSpreadAssignment], ['?. or ??', (n) => n.kind === ts.SyntaxKind.QuestionDotToken || n.kind === ts.SyntaxKind.QuestionQuestionToken],
        ['a class field', ts.isPropertyDeclaration], ['import()', (n) => n.kind === ts.SyntaxKind.ImportKeyword && ts.isCallExpression(n.parent)],
        ['catch without a name', (n) => ts.isCatchClause(n) && !n.variableDeclaration], ['for await', (n) => n.kind === ts.SyntaxKind.AwaitKeyword && ts.isForOfStatement(n.parent)],
      ]) assert.ok(!is(node), `${name} uses ${what}`)
    })
  }
})

test('the declarations stand alone, the second ones on the first', async () => {
  const text = await read('dist/index.d.ts')
  assert.doesNotMatch(text, /\bfrom ['"]|import\(|reference (types|path)/)
  assert.equal(await read('dist/index.d.mts'), text)
  const second = await read('dist/user-data.d.ts')
  assert.deepEqual(second.match(/\bfrom ['"].*['"]|import\(|reference (types|path)/g), ["from './index.js'"])
  assert.equal(await read('dist/user-data.d.mts'), second.replace('./index.js', './index.mjs'))
})

test('what is declared is there, and nothing else', async () => {
  for (const entry of entries) {
    const declared = [...(await read(`dist/${entry}.d.ts`)).matchAll(/^export declare (?:const|class|function) (\w+)/gm)].map(([, name]) => name)
    assert.deepEqual(declared.sort(), Object.keys(await import(path.join(here, `dist/${entry}.mjs`))).sort())
  }
})

/** A mini program's world: the language itself, timers and wx, no more; and no Promise.prototype.finally. */
function bareWorld() {
  const module = { exports: {} }
  const context = vm.createContext({ module, exports: module.exports, setTimeout, clearTimeout })
  context.require = (name) => { assert.equal(name, './index.js'); return module.exports }
  vm.runInContext('delete Promise.prototype.finally; delete Promise.allSettled; delete this.globalThis; delete Array.prototype.flat', context)
  return { context, module }
}

test('it loads and logs in where there is nothing but the language, timers and wx', async () => {
  const { context, module } = bareWorld()
  const sent = []
  context.wx = {
    getAccountInfoSync: () => ({ miniProgram: { appId: 'wx1', envVersion: 'release' } }),
    login: ({ success }) => success({ code: 'c' }),
    getStorage: ({ fail }) => fail({}), setStorage: ({ success }) => success({}), removeStorage: ({ success }) => success({}),
    request: ({ url, data, success }) => {
      sent.push([url, data])
      success({ statusCode: 200, data: { access_token: 'a', refresh_token: 'r', session_id: 's', expires_in: 900, user: { id: 'u' } } })
      return { abort: () => undefined }
    },
    uploadFile: () => undefined,
  }
  vm.runInContext(await read('miniprogram_dist/index.js'), context)
  const hufu = module.exports.createHufu({ baseURL: 'https://login.example.com' })
  assert.equal((await hufu.login()).sessionId, 's')
  assert.equal((await hufu.request({ url: '/x' })).status, 200)
  assert.equal(sent.length, 2)
})

test('loading it does nothing, and without wx nothing is thrown', async () => {
  const { context, module } = bareWorld()
  vm.runInContext(await read('miniprogram_dist/index.js'), context)
  vm.runInContext(await read('miniprogram_dist/user-data.js'), context)
  const hufu = module.exports.createHufu({ baseURL: 'https://login.example.com' })
  await assert.rejects(hufu.login(), { code: 'invalid_option' })
  const userData = module.exports.createUserData(hufu)
  await assert.rejects(userData.getUserInfo({ desc: 'x' }), { code: 'invalid_option' })
  assert.equal((await userData.privacy.getPrivacySetting()).needAuthorization, false)
})

test('every way of loading the package gives the same names', async () => {
  const require = createRequire(import.meta.url)
  const names = ['HufuError', 'clientCodes', 'createHufu', 'errorCodes', 'serverCodes']
  assert.deepEqual(Object.keys(require('@hufu/miniprogram')).sort(), names)
  assert.deepEqual(Object.keys(await import('@hufu/miniprogram')).sort(), names)
  assert.deepEqual(Object.keys(require('../miniprogram_dist/index.js')).sort(), names)
  const second = ['createUserData', 'userDataCodes']
  assert.deepEqual(Object.keys(require('@hufu/miniprogram/user-data')).sort(), second)
  assert.deepEqual(Object.keys(await import('@hufu/miniprogram/user-data')).sort(), second)
  assert.deepEqual(Object.keys(require('../miniprogram_dist/user-data.js')).sort(), second)
})

test('both entries have one HufuError, however they are loaded', async () => {
  const require = createRequire(import.meta.url)
  const pairs = [
    [require('@hufu/miniprogram'), require('@hufu/miniprogram/user-data')],
    [await import('@hufu/miniprogram'), await import('@hufu/miniprogram/user-data')],
    [require('../miniprogram_dist/index.js'), require('../miniprogram_dist/user-data.js')],
  ]
  for (const [{ createHufu, HufuError }, { createUserData }] of pairs) {
    const userData = createUserData(createHufu({}), { wx: {} })
    await assert.rejects(userData.setNickname(''), HufuError)
  }
})

test('no code stands for two things', async () => {
  const require = createRequire(import.meta.url)
  const codes = [...require('@hufu/miniprogram').errorCodes, ...require('@hufu/miniprogram/user-data').userDataCodes]
  assert.equal(new Set(codes).size, codes.length)
})

test('what package.json points to is there, is published, and needs nothing', async () => {
  const manifest = JSON.parse(await read('package.json'))
  assert.deepEqual(manifest.dependencies, {})
  const second = JSON.parse(await read('user-data/package.json'))
  const paths = [manifest.main, manifest.module, manifest.types, ...entries.map((name) => `${manifest.miniprogram}/${name}.js`),
    ...['.', './user-data'].flatMap((entry) => Object.values(manifest.exports[entry])).flatMap((entry) => Object.values(entry)),
    ...[second.main, second.module, second.types].map((file) => path.posix.join('user-data', file))]
  assert.ok(manifest.files.includes('user-data'))
  for (const file of paths) {
    await read(file)
    assert.ok(manifest.files.includes(file.replace(/^\.\//, '').split('/')[0]), `${file} is not published`)
  }
  for (const file of manifest.files) assert.ok((await readdir(here)).includes(file), `${file} is missing`)
})

test('every code that the server documents is known', async () => {
  const { serverCodes } = createRequire(import.meta.url)('@hufu/miniprogram')
  const rows = (await read('../../docs/errors.md')).matchAll(/^\| `([a-z_]+)` \|/gm)
  const documented = [...rows].map(([, code]) => code)
  assert.ok(documented.length > 10)
  for (const code of documented) assert.ok(serverCodes.includes(code), code)
})

test('the licence is that of the repository', async () => {
  assert.equal(await read('LICENSE'), await read('../../LICENSE'))
})
