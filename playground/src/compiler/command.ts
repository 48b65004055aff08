import { renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { compile, type CompileFailure } from './compile'
import { Watcher } from './watch'

const USAGE = 'usage: compiler.mjs DIR --out FILE [--watch]'

/**
 * The command: compiles DIR to FILE and tells each build as a line of JSON.
 * Gives the exit code; with --watch it goes on until stdin ends or SIGTERM.
 */
export async function run(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args, allowPositionals: true, options: { out: { type: 'string' }, watch: { type: 'boolean', default: false } },
  })
  const [dir] = positionals
  if (!dir || !values.out || positionals.length > 1) {
    process.stderr.write(`${USAGE}\n`)
    return 2
  }
  const out = path.resolve(values.out)
  if (!values.watch) return (await build(dir, out)).ok ? 0 : 1
  const watcher = new Watcher(dir)
  const ended = new Promise<void>((resolve) => {
    process.stdin.on('end', resolve).on('close', resolve).resume()
    process.once('SIGTERM', resolve)
    process.once('SIGINT', resolve)
  })
  await watcher.run(async () => (await build(dir, out)).files, ended)
  return 0
}

async function build(dir: string, out: string): Promise<{ ok: boolean; files: string[] }> {
  const start = performance.now()
  const tell = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`)
  try {
    const { script, warnings, files } = await compile(dir)
    // Renamed into place: whoever reads the file never sees half of it.
    writeFileSync(`${out}.part`, script)
    renameSync(`${out}.part`, out)
    tell({ ok: true, warnings, took_ms: Math.round(performance.now() - start) })
    return { ok: true, files }
  } catch (error) {
    tell({ ok: false, error: (error as Error).message })
    return { ok: false, files: (error as Partial<CompileFailure>).files ?? [] }
  }
}
