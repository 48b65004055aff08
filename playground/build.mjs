// Builds what the server embeds into dist/: the shell (app.*), the phone
// (phone.*), the example as the phone runs it (program.js), and the compiler
// that `hufu dev --miniprogram` runs. File names carry no hash and nothing
// depends on the machine, so that a rebuild gives the same bytes.
import { cp, mkdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { build } from 'esbuild'
import { notices } from './notices.mjs'
import { inlineWasm } from './wasm.mjs'

const here = import.meta.dirname
const { values } = parseArgs({ options: { out: { type: 'string', default: path.join(here, 'dist') } } })
const out = path.resolve(values.out)

const common = {
  absWorkingDir: here, bundle: true, minify: true, charset: 'utf8', legalComments: 'none', logLevel: 'warning', target: 'es2022',
  metafile: true,
}
const page = { ...common, platform: 'browser', format: 'iife' }

await rm(out, { recursive: true, force: true })
await mkdir(out, { recursive: true })

const built = await Promise.all([
  build({ ...page, entryPoints: ['src/shell/main.ts'], outfile: path.join(out, 'app.js') }),
  build({ ...page, entryPoints: ['src/shell/app.css'], outfile: path.join(out, 'app.css') }),
  build({ ...page, entryPoints: ['src/phone/main.ts'], outfile: path.join(out, 'phone.js') }),
  build({ ...page, entryPoints: ['src/phone/phone.css'], outfile: path.join(out, 'phone.css') }),
  build({
    ...common, platform: 'node', format: 'esm', target: 'node20', entryPoints: ['src/compiler/main.ts'],
    outfile: path.join(out, 'compiler.mjs'), plugins: [inlineWasm],
    banner: { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);" },
  }),
  ...['index.html', 'phone.html', 'favicon.svg'].map((name) => cp(path.join(here, 'src/static', name), path.join(out, name))),
])

const { compile } = await import(path.join(out, 'compiler.mjs'))
const program = await compile(path.join(here, '../examples/miniprogram'))
for (const warning of program.warnings) console.warn(`examples/miniprogram: ${warning}`)
await writeFile(path.join(out, 'program.js'), program.script)
await writeFile(path.join(out, 'THIRD-PARTY.txt'), await notices(built.flatMap((b) => b?.metafile ?? []), here))
