import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const root = path.resolve(import.meta.dirname, '..')

/**
 * Bundles a TypeScript entry, named from the playground's folder, and imports
 * it: Node can't run TypeScript by itself.
 */
export async function importSource(entry, options = {}) {
  const dir = await mkdtemp(path.join(tmpdir(), 'hufu-playground-'))
  const outfile = path.join(dir, 'bundle.mjs')
  try {
    await build({
      entryPoints: [path.join(root, entry)], outfile, bundle: true, format: 'esm', platform: 'node', target: 'node20',
      logLevel: 'silent', nodePaths: [path.join(root, 'node_modules'), path.join(root, '..', 'node_modules')],
      banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
      ...options,
    })
    return await import(pathToFileURL(outfile).href)
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

/** Bundles an entry for a page, and returns the text of the script. */
export async function pageScript(entry, options = {}) {
  const result = await build({
    entryPoints: [path.join(root, entry)], bundle: true, format: 'iife', platform: 'browser', target: 'es2022', write: false,
    logLevel: 'silent', ...options,
  })
  return result.outputFiles[0].text
}
