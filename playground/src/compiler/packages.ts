import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs'
import path from 'node:path'
import { CompileError } from './diagnostics'
import type { Project } from './project'

/** Finds npm packages as DevTools' "build npm" would leave them. */
export class Packages {
  private readonly found = new Map<string, string | null>()

  constructor(private readonly project: Project) {}

  /**
   * What `request` ("pkg", "@scope/pkg/button/button") from a file means, as a
   * name in the project without an extension where it names a file by path; or
   * null if there is no such package. Throws a CompileError for one that has
   * not been built.
   */
  resolve(from: string, request: string): string | null {
    const [name, rest] = split(request)
    if (!name) return null
    const base = this.built(from, name) ?? this.mounted(name, from)
    if (!base) return null
    if (rest) return `${base}/${rest}`
    return `${base}/${this.entry(base)}`
  }

  /** The nearest miniprogram_npm that has the package: packages may bring one of their own. */
  private built(from: string, name: string): string | null {
    for (let dir = path.posix.dirname(from); ; dir = path.posix.dirname(dir)) {
      const base = path.posix.join(dir, 'miniprogram_npm', name)
      if (this.project.has(`${base}/index.js`) || this.isFolder(base)) return base
      if (dir === '.') return null
    }
  }

  private isFolder(name: string): boolean {
    const folder = this.project.locate(name)
    return existsSync(folder) && statSync(folder).isDirectory()
  }

  /** Mounts the package of the nearest node_modules; the same name is the same package everywhere. */
  private mounted(name: string, from: string): string | null {
    if (!this.found.has(name)) {
      const folder = this.nearest(name, path.dirname(this.project.locate(from)))
      if (folder) this.project.mount(name, this.content(name, folder))
      this.found.set(name, folder && `miniprogram_npm/${name}`)
    }
    return this.found.get(name) ?? null
  }

  private nearest(name: string, start: string): string | null {
    for (const origin of [start, this.project.root]) {
      for (let dir = origin; ; dir = path.dirname(dir)) {
        const folder = path.join(dir, 'node_modules', name)
        if (existsSync(path.join(folder, 'package.json'))) return realpathSync(folder)
        if (dir === path.dirname(dir)) break
      }
    }
    return null
  }

  /** The part of a package that mini programs get: its `miniprogram` folder, else all of it. */
  private content(name: string, folder: string): string {
    const file = path.join(folder, 'package.json')
    this.project.files.add(file)
    const { miniprogram } = JSON.parse(readFileSync(file, 'utf8')) as { miniprogram?: unknown }
    const built = path.join(folder, typeof miniprogram === 'string' ? miniprogram : 'miniprogram_dist')
    if (existsSync(built)) return built
    if (typeof miniprogram === 'string') throw new CompileError(`${name}/package.json`, null, `names the folder ${miniprogram}, which does not exist: build the package first`)
    return folder
  }

  private entry(base: string): string {
    const file = `${base}/package.json`
    if (!this.project.has(file)) return 'index'
    const { main } = this.project.json(file)
    return typeof main === 'string' ? path.posix.normalize(main).replace(/\.js$/, '') : 'index'
  }
}

function split(request: string): [name: string, rest: string] {
  const parts = request.split('/')
  const n = request.startsWith('@') ? 2 : 1
  return [parts.slice(0, n).join('/'), parts.slice(n).join('/')]
}
