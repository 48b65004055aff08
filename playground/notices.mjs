// The licences of what is bundled, as their authors want them to travel along.
import { readFile, readdir } from 'node:fs/promises'
import path from 'node:path'

/**
 * Writes one text with the licence of each package that the builds took
 * something of, told by esbuild's metafiles. Fails on a package without one.
 */
export async function notices(metafiles, root) {
  const folders = new Set()
  for (const input of metafiles.flatMap((m) => Object.keys(m.inputs))) {
    const match = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path.resolve(root, input).replaceAll('\\', '/'))
    if (match) folders.add(match[1])
  }
  const parts = await Promise.all([...folders].map(notice))
  const unique = [...new Map(parts.map((p) => [p.title, p])).values()].sort((a, b) => (a.title < b.title ? -1 : 1))
  const list = unique.map((p) => `  ${p.title}`).join('\n')
  const texts = unique.map((p) => `${'='.repeat(72)}\n${p.title}\n\n${p.text}\n`).join('\n')
  return `The playground of hufu holds parts of these packages, each under its own licence:\n\n${list}\n\n${texts}`
}

async function notice(folder) {
  const { name, version, license } = JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8'))
  const file = (await readdir(folder)).find((f) => /^licen[cs]e/i.test(f))
  const title = `${name} ${version} (${license})`
  if (file) return { title, text: (await readFile(path.join(folder, file), 'utf8')).trim() }
  if (license === 'MIT') return { title, text: 'The package names the MIT licence and holds no text of it; its authors stand in its package.json.' }
  throw new Error(`${name} has no licence that could be passed on`)
}
