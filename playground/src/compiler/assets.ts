import path from 'node:path'
import type { Diagnostics } from './diagnostics'
import type { Project } from './project'

const TYPES: Record<string, string> = {
  '.png': 'image/png', '.jpg': 'image/jpeg', '.jpeg': 'image/jpeg', '.gif': 'image/gif', '.webp': 'image/webp', '.svg': 'image/svg+xml',
}

/** In bytes: as WeChat bounds a whole package, and sensible for one picture of it. */
const LARGEST = 512 * 1024
const ALL = 2 * 1024 * 1024

/**
 * The pictures of the program as data: URLs, by path with "/" at the front.
 * Only those whose name is written in the program: a path may be put together
 * while it runs, a file name seldom is.
 */
export function readAssets(project: Project, diagnostics: Diagnostics, written: string): Record<string, string> {
  const assets: Record<string, string> = {}
  let size = 0
  for (const file of project.list()) {
    const type = TYPES[path.extname(file).toLowerCase()]
    if (!type || !written.includes(path.basename(file))) continue
    const bytes = project.bytes(file)
    if (bytes.length > LARGEST || size + bytes.length > ALL) {
      diagnostics.warn(file, null, `is left out: a picture may have ${LARGEST / 1024} KiB here, all of them ${ALL / 1024} KiB`)
      continue
    }
    size += bytes.length
    assets[`/${file}`] = `data:${type};base64,${bytes.toString('base64')}`
  }
  return assets
}
