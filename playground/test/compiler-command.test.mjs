import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { build } from 'esbuild'
import { inlineWasm } from '../wasm.mjs'
import { least, withFiles } from './fixtures/files.mjs'

let dir, command

before(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'hufu-compiler-'))
  command = path.join(dir, 'compiler.mjs')
  await build({
    entryPoints: [path.join(import.meta.dirname, '../src/compiler/main.ts')], outfile: command, bundle: true, format: 'esm', platform: 'node', target: 'node20',
    plugins: [inlineWasm], logLevel: 'silent', banner: { js: "import { createRequire as r } from 'node:module'; const require = r(import.meta.url);" },
  })
})

after(() => rm(dir, { recursive: true, force: true }))

/** Runs the command; `lines` gives what it says, one JSON at a time. */
function start(args) {
  const child = spawn(process.execPath, [command, ...args], { cwd: tmpdir(), stdio: ['pipe', 'pipe', 'pipe'] })
  let pending = ''
  const said = []
  const waiting = []
  child.stdout.on('data', (chunk) => {
    const parts = (pending + chunk).split('\n')
    pending = parts.pop()
    for (const line of parts.map((part) => JSON.parse(part))) (waiting.shift() ?? ((one) => said.push(one)))(line)
  })
  let errors = ''
  child.stderr.on('data', (chunk) => (errors += chunk))
  const exit = new Promise((resolve) => child.once('exit', (code) => resolve({ code, errors })))
  return { child, exit, next: () => (said.length ? Promise.resolve(said.shift()) : new Promise((resolve) => waiting.push(resolve))) }
}

/** One change may be seen twice, so the same line may come again. */
async function first(next, fits) {
  for (;;) {
    const line = await next()
    if (fits(line)) return line
  }
}

const out = () => path.join(dir, `${Math.random()}.js`)

test('it compiles a folder to a file, by itself alone', () => withFiles(least, async (program) => {
  const file = out()
  const { next, exit } = start([program, '--out', file])
  const line = await next()
  assert.deepEqual([line.ok, line.warnings, typeof line.took_ms], [true, [], 'number'])
  assert.deepEqual(await exit, { code: 0, errors: '' })
  assert.match(await readFile(file, 'utf8'), /^globalThis\.hufuProgram=/)
}))

test('a fault is a line of JSON and a code, and the old file stays', () => withFiles({ ...least, 'app.js': 'var = 1' }, async (program) => {
  const file = out()
  await writeFile(file, 'old')
  const { next, exit } = start([program, '--out', file])
  const line = await next()
  assert.equal(line.ok, false)
  assert.match(line.error, /^app\.js:1: /)
  assert.equal((await exit).code, 1)
  assert.equal(await readFile(file, 'utf8'), 'old')
}))

test('wrong arguments: how it is used', async () => {
  const { code, errors } = await start(['--out', out()]).exit
  assert.deepEqual([code, errors], [2, 'usage: compiler.mjs DIR --out FILE [--watch]\n'])
})

for (const [name, end] of [['stdin closes', (child) => child.stdin.end()], ['SIGTERM', (child) => child.kill('SIGTERM')]]) {
  test(`--watch: it builds at each change, survives faults, and ends when ${name}`, () => withFiles(least, async (program) => {
    const file = out()
    const { child, next, exit } = start([program, '--out', file, '--watch'])
    assert.equal((await next()).ok, true)
    await writeFile(path.join(program, 'app.js'), 'App({')
    assert.match((await first(next, (line) => !line.ok)).error, /^app\.js:1: /)
    await writeFile(path.join(program, 'app.js'), 'App({ changed: 1 })')
    await first(next, (line) => line.ok)
    assert.match(await readFile(file, 'utf8'), /changed: 1/)
    end(child)
    assert.equal((await exit).code, 0)
  }))
}
