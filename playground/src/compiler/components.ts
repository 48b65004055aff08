import { components, type AppConfig } from './app'
import { BUILTINS, LANGUAGE, MISSING } from './builtins'
import { CompileError, type Diagnostics } from './diagnostics'
import { lineOfKey, parseJson } from './json'
import type { Packages } from './packages'
import { resolvePath, type Project } from './project'
import type { Scripts } from './scripts'
import type { Templates } from './templates'

/** The JSON of a page or component, with its components named by path from the root, "/" at the front. */
export type ComponentConfig = Record<string, unknown> & { usingComponents: Record<string, string> }

/** Finds the pages and all components they use, and compiles their templates and scripts. */
export class Components {
  /** By path, without suffix; the pages first, in their order. */
  readonly found = new Map<string, ComponentConfig>()

  constructor(
    private readonly project: Project,
    private readonly packages: Packages,
    private readonly scripts: Scripts,
    private readonly templates: Templates,
    private readonly diagnostics: Diagnostics,
    private readonly app: AppConfig,
  ) {}

  addAll(): void {
    const used = this.resolveAll('app', this.app.usingComponents, 'app.json')
    this.app.usingComponents = Object.fromEntries(Object.entries(used).map(([tag, path]) => [tag, `/${path}`]))
    for (const page of this.app.pages) this.diagnostics.attempt(() => this.add(page, null))
    for (const path of Object.values(used)) this.diagnostics.attempt(() => this.add(path, 'app.json'))
  }

  private add(path: string, askedBy: string | null): void {
    if (this.found.has(path)) return
    if (!this.project.has(`${path}.wxml`)) {
      const by = askedBy ?? 'app.json'
      throw new CompileError(by, this.lineOf(by, path), `${path}.wxml does not exist`)
    }
    const file = `${path}.json`
    const json = this.project.has(file) ? this.project.json(file) : {}
    const config: ComponentConfig = { ...json, usingComponents: {} }
    this.found.set(path, config)
    const used = this.resolveAll(path, components(json), file)
    config.usingComponents = Object.fromEntries(Object.entries(used).map(([tag, target]) => [tag, `/${target}`]))
    this.diagnostics.attempt(() => this.templates.add(path, new Set(Object.keys({ ...this.app.usingComponents, ...config.usingComponents }))))
    this.checkTags(path, config, json)
    this.script(path, config)
    for (const target of Object.values(used)) this.diagnostics.attempt(() => this.add(target, file))
  }

  private script(path: string, config: ComponentConfig): void {
    const module = this.scripts.find(path)
    if (!module) throw new CompileError(`${path}.wxml`, null, `has neither ${path}.js nor ${path}.ts beside it`)
    this.diagnostics.attempt(() => this.scripts.add(module))
    // Given in the script it means the same as in the JSON, but styles are made before a script runs.
    const code = this.scripts.modules.get(module)?.code ?? ''
    const isolation = /\bstyleIsolation\s*:\s*['"]((?:page-)?(?:isolated|apply-shared|shared))['"]/.exec(code)?.[1]
    if (isolation && config.component) config.styleIsolation ??= isolation
    if (config.component && /\baddGlobalClass\s*:\s*(true|!0)/.test(code)) config.addGlobalClass ??= true
  }

  private resolveAll(from: string, used: Record<string, string>, file: string): Record<string, string> {
    const resolved: Record<string, string> = {}
    for (const tag of Object.keys(used).sort()) {
      const target = this.diagnostics.attempt(() => this.resolve(from, used[tag]!, file))
      if (target) resolved[tag] = target
    }
    return resolved
  }

  private resolve(from: string, request: string, file: string): string {
    const exists = (path: string): boolean => this.project.has(`${path}.wxml`)
    const near = resolvePath(from, request)
    for (const path of [near, `${near}/index`]) if (exists(path)) return path
    if (/^plugin(-private)?:/.test(request)) throw new CompileError(file, this.lineOf(file, request), `${request}: plugins are not supported here`)
    const packed = /^[./]/.test(request) ? null : this.packages.resolve(from, request)
    for (const path of packed ? [packed, `${packed}/index`] : []) if (exists(path)) return path
    throw new CompileError(file, this.lineOf(file, request), `component ${JSON.stringify(request)} does not exist`)
  }

  private checkTags(path: string, config: ComponentConfig, json: Record<string, unknown>): void {
    const known = { ...this.app.usingComponents, ...config.usingComponents, ...components(json), ...(json.componentGenerics as object | undefined) }
    for (const { name, line } of this.templates.tags.get(path) ?? []) {
      if (name in known || BUILTINS.has(name) || LANGUAGE.has(name)) continue
      const what = MISSING.has(name) ? 'is not simulated here; it is drawn as a <view>' : 'is neither an element of WeChat nor in usingComponents'
      this.diagnostics.warn(`${path}.wxml`, line, `<${name}> ${what}`)
    }
  }

  private lineOf(file: string, text: string): number | null {
    const source = this.diagnostics.attempt(() => this.project.text(file))
    if (source === undefined) return null
    return lineOfKey(source, text) ?? lineOfKey(source, `/${text}`) ?? (parseJson(file, source), null)
  }
}
