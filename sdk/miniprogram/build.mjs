// Builds what is published, and is committed because a mini program takes it as
// it is: miniprogram_dist/ for "build npm" of WeChat DevTools, dist/ for
// bundlers. Nothing in it depends on the machine: a rebuild gives the same bytes.
import { mkdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { build } from 'esbuild'
import ts from 'typescript'

const here = import.meta.dirname
const { values } = parseArgs({ options: { out: { type: 'string', default: here } } })
const out = path.resolve(values.out)

const common = {
  absWorkingDir: here, entryPoints: ['src/index.ts'], bundle: true, target: 'es2017', platform: 'neutral',
  charset: 'utf8', legalComments: 'none', logLevel: 'warning',
}

/** CommonJS without esbuild's wrapping, which would be a twentieth of it all. */
const plain = {
  entryPoints: undefined, format: 'iife', banner: { js: '"use strict";var $=exports;' },
  stdin: {
    resolveDir: path.join(here, 'src'), loader: 'ts',
    contents: `import { clientCodes, createHufu, errorCodes, HufuError, serverCodes } from './index.js'
      Object.assign($, { clientCodes, createHufu, errorCodes, HufuError, serverCodes })`,
  },
}

/**
 * The second entry stands on the first, so that there is one HufuError. `how`
 * says what the first is called where this file will lie.
 */
const onIndex = (how) => ({
  name: 'on-index',
  setup(build) {
    build.onResolve({ filter: /\/index\.js$/ }, () => (how.external ? { path: how.external, external: true } : { path: 'index', namespace: 'global' }))
    build.onLoad({ filter: /.*/, namespace: 'global' }, () => ({ contents: 'export const { HufuError } = $index' }))
  },
})
const second = { entryPoints: ['src/user-data.ts'] }
const plainSecond = {
  entryPoints: undefined, format: 'iife', banner: { js: '"use strict";var $=exports,$index=require("./index.js");' }, plugins: [onIndex({})],
  stdin: {
    resolveDir: path.join(here, 'src'), loader: 'ts',
    contents: `import { createUserData, userDataCodes } from './user-data.js'
      Object.assign($, { createUserData, userDataCodes })`,
  },
}

/** Names of ours alone, made short: none is an option, a field of the wire or of storage, or a method of wx. */
const own = [
  'aborted', 'acquire', 'adopt', 'begun', 'caller', 'cancel', 'complete', 'config', 'context', 'emit', 'epoch', 'events', 'finish', 'freshened',
  'held', 'hidden', 'hide', 'hides', 'holding', 'hooks', 'inFlight', 'isOver', 'isYoung', 'keeper', 'leave', 'leaving', 'lifecycle', 'limit',
  'listeners', 'load', 'loaded', 'loginFlight', 'loginUnderWay', 'onAbort', 'part', 'queue', 'race', 'read', 'recover', 'refreshAfterLogin',
  'refreshFlight', 'renewed', 'resume', 'resumed', 'save', 'send', 'show', 'start', 'storageKey', 'store', 'task', 'token', 'visible', 'waiting',
  'wasCutOff', 'wire', 'withToken', 'write', 'writing',
]

/** The files whose declarations are public, in the order in which they build on each other. */
const declared = { index: ['errors', 'platform', 'types', 'index'], 'user-data': ['user-data/codes', 'user-data/types', 'user-data'] }

/** One file of declarations for each entry: a consumer resolves no other, but the second entry's the first, whatever its module system. */
function declarations() {
  const config = ts.getParsedCommandLineOfConfigFile(path.join(here, 'tsconfig.json'), {
    noEmit: false, declaration: true, stripInternal: true, emitDeclarationOnly: true, outDir: '/declarations',
  }, { ...ts.sys, onUnRecoverableConfigFileDiagnostic: (d) => { throw new Error(ts.flattenDiagnosticMessageText(d.messageText, '\n')) } })
  const program = ts.createProgram(config.fileNames, config.options)
  const wrong = ts.getPreEmitDiagnostics(program)
  if (wrong.length) throw new Error(ts.formatDiagnostics(wrong, { getCanonicalFileName: (f) => f, getCurrentDirectory: () => here, getNewLine: () => '\n' }))
  const files = new Map()
  program.emit(undefined, (name, text) => files.set(path.relative('/declarations', name).replace(/\.d\.ts$/, ''), text))
  return Object.fromEntries(Object.entries(declared).map(([entry, names]) => [entry, names.map((name) => files.get(name)
    .replace(/^(import|export) (type )?\{[^}]*\} from '[^']*';\n/gm, '')
    .replace(/^import [^\n]* from '[^']*';\n/gm, '')
    .replace(/^export \{\};\n/gm, '')).join('')]))
}

const types = declarations()
for (const text of Object.values(types)) if (/\bfrom '|import\(/.test(text)) throw new Error('the declarations import something')
const userDataTypes = (index) => `import type { Hufu, Session, User } from '${index}';\n${types['user-data']}`

await Promise.all(['miniprogram_dist', 'dist'].map((dir) => rm(path.join(out, dir), { recursive: true, force: true })))
await mkdir(path.join(out, 'dist'), { recursive: true })
await Promise.all([
  build({ ...common, ...plain, minify: true, mangleProps: new RegExp(`^(${own.join('|')})$`), outfile: path.join(out, 'miniprogram_dist/index.js') }),
  build({ ...common, format: 'cjs', outfile: path.join(out, 'dist/index.cjs') }),
  build({ ...common, format: 'esm', outfile: path.join(out, 'dist/index.mjs') }),
  writeFile(path.join(out, 'dist/index.d.ts'), types.index),
  writeFile(path.join(out, 'dist/index.d.mts'), types.index),
  build({ ...common, ...plainSecond, minify: true, outfile: path.join(out, 'miniprogram_dist/user-data.js') }),
  build({ ...common, ...second, plugins: [onIndex({ external: './index.cjs' })], format: 'cjs', outfile: path.join(out, 'dist/user-data.cjs') }),
  build({ ...common, ...second, plugins: [onIndex({ external: './index.mjs' })], format: 'esm', outfile: path.join(out, 'dist/user-data.mjs') }),
  writeFile(path.join(out, 'dist/user-data.d.ts'), userDataTypes('./index.js')),
  writeFile(path.join(out, 'dist/user-data.d.mts'), userDataTypes('./index.mjs')),
])
