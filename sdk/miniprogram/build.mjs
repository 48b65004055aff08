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

/** Names of ours alone, made short: none is an option, a field of the wire or of storage, or a method of wx. */
const own = [
  'acquire', 'adopt', 'cancel', 'begun', 'caller', 'config', 'context', 'epoch', 'finish', 'freshened', 'held', 'hidden', 'hides', 'holding', 'hooks',
  'inFlight', 'isOver', 'isYoung', 'keeper', 'leaving', 'lifecycle', 'listeners', 'loaded', 'loginFlight', 'loginUnderWay', 'onAbort',
  'queue', 'race', 'recover', 'refreshAfterLogin', 'refreshFlight', 'renewed', 'resumed', 'storageKey', 'store', 'waiting', 'wasCutOff',
  'withToken', 'writing',
]

/** The files whose declarations are public, in the order in which they build on each other. */
const declared = ['errors', 'platform', 'types', 'index']

/** One file of declarations: a consumer resolves no second one, whatever its module system. */
function declarations() {
  const config = ts.getParsedCommandLineOfConfigFile(path.join(here, 'tsconfig.json'), {
    noEmit: false, declaration: true, emitDeclarationOnly: true, outDir: '/declarations',
  }, { ...ts.sys, onUnRecoverableConfigFileDiagnostic: (d) => { throw new Error(ts.flattenDiagnosticMessageText(d.messageText, '\n')) } })
  const program = ts.createProgram(config.fileNames, config.options)
  const wrong = ts.getPreEmitDiagnostics(program)
  if (wrong.length) throw new Error(ts.formatDiagnostics(wrong, { getCanonicalFileName: (f) => f, getCurrentDirectory: () => here, getNewLine: () => '\n' }))
  const files = new Map()
  program.emit(undefined, (name, text) => files.set(path.basename(name, '.d.ts'), text))
  return declared.map((name) => files.get(name)
    .replace(/^(import|export) (type )?\{[^}]*\} from '[^']*';\n/gm, '')
    .replace(/^import [^\n]* from '[^']*';\n/gm, '')
    .replace(/^export \{\};\n/gm, '')).join('')
}

const types = declarations()
if (/\bfrom '|import\(/.test(types)) throw new Error('the declarations import something')

await Promise.all(['miniprogram_dist', 'dist'].map((dir) => rm(path.join(out, dir), { recursive: true, force: true })))
await mkdir(path.join(out, 'dist'), { recursive: true })
await Promise.all([
  build({ ...common, ...plain, minify: true, mangleProps: new RegExp(`^(${own.join('|')})$`), outfile: path.join(out, 'miniprogram_dist/index.js') }),
  build({ ...common, format: 'cjs', outfile: path.join(out, 'dist/index.cjs') }),
  build({ ...common, format: 'esm', outfile: path.join(out, 'dist/index.mjs') }),
  writeFile(path.join(out, 'dist/index.d.ts'), types),
  writeFile(path.join(out, 'dist/index.d.mts'), types),
])
