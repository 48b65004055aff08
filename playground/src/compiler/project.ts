import { existsSync, readFileSync, readdirSync, realpathSync, statSync } from 'node:fs'
import path from 'node:path'
import { CompileError } from './diagnostics'
import { parseJson } from './json'

/**
 * The files of one mini program. Names are paths in it, with slashes and none
 * at the front; what lies in a package is named `miniprogram_npm/<package>/…`,
 * wherever it is on the disk.
 */
export class Project {
  readonly root: string
  /** Every file that was looked at, absolute: what a watcher has to watch. */
  readonly files = new Set<string>()
  private readonly mounts = new Map<string, string>()

  /** `dir` is the root of a mini program, or holds a project.config.json that names it. */
  constructor(dir: string) {
    this.root = miniProgramRoot(path.resolve(dir))
  }

  /** Makes the folder of a package known under `miniprogram_npm/<name>`. */
  mount(name: string, folder: string): void {
    this.mounts.set(`miniprogram_npm/${name}`, folder)
  }

  /** Where a file is on the disk, whether it exists or not. */
  locate(name: string): string {
    const parts = name.split('/')
    for (let n = Math.min(parts.length, 3); n >= 2; n--) {
      const folder = this.mounts.get(parts.slice(0, n).join('/'))
      if (folder) return path.join(folder, ...parts.slice(n))
    }
    return path.join(this.root, name)
  }

  has(name: string): boolean {
    const file = this.locate(name)
    return existsSync(file) && statSync(file).isFile()
  }

  /** Throws a CompileError if the file can't be read. */
  text(name: string): string {
    return this.bytes(name).toString('utf8').replace(/^\ufeff/, '')
  }

  bytes(name: string): Buffer {
    const file = this.locate(name)
    this.files.add(file)
    try {
      return readFileSync(file)
    } catch {
      throw new CompileError(name, null, 'no such file')
    }
  }

  json(name: string): Record<string, unknown> {
    return parseJson(name, this.text(name))
  }

  /** All files under the root, sorted, without packages and hidden ones. */
  list(): string[] {
    const walk = (dir: string): string[] =>
      readdirSync(path.join(this.root, dir), { withFileTypes: true }).flatMap((entry) => {
        if (entry.name.startsWith('.') || entry.name === 'node_modules' || entry.name === 'miniprogram_npm') return []
        const name = dir ? `${dir}/${entry.name}` : entry.name
        return entry.isDirectory() ? walk(name) : [name]
      })
    return walk('').sort()
  }
}

function miniProgramRoot(dir: string): string {
  if (!existsSync(dir)) throw new CompileError(dir, null, 'no such folder')
  const config = path.join(dir, 'project.config.json')
  let root = dir
  if (existsSync(config)) {
    const named = parseJson('project.config.json', readFileSync(config, 'utf8')).miniprogramRoot
    if (typeof named === 'string' && named) root = path.join(dir, named)
  }
  if (!existsSync(path.join(root, 'app.json'))) throw new CompileError('app.json', null, `not found: ${dir} is no mini program, and has no project.config.json whose miniprogramRoot is one`)
  return realpathSync(root)
}

/** `request` as seen from `from`: "/x" from the root, else relative to its folder. */
export function resolvePath(from: string, request: string): string {
  const joined = request.startsWith('/') ? path.posix.normalize(request.slice(1)) : path.posix.join(path.posix.dirname(from), request)
  return joined.replace(/^(\.\.\/)+/, '')
}
