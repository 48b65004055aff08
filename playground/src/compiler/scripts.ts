import { transform } from 'sucrase'
import { CompileError, type Diagnostics } from './diagnostics'
import type { Packages } from './packages'
import { resolvePath, type Project } from './project'
import { checkSyntax } from './syntax'

/** A module as the phone runs it: CommonJS, and what each of its `require` means. */
export interface Module {
  code: string
  requires: Record<string, string>
}

/** Compiles JS and TS modules with what they require. Modules are named by path without suffix. */
export class Scripts {
  readonly modules = new Map<string, Module>()

  constructor(
    private readonly project: Project,
    private readonly packages: Packages,
    private readonly diagnostics: Diagnostics,
  ) {}

  /** The module of a path without suffix, or null. TypeScript wins over what was perhaps made of it. */
  find(path: string): string | null {
    if (/\.(js|ts|json)$/.test(path) && this.project.has(path)) return path.endsWith('.json') ? path : path.replace(/\.(js|ts)$/, '')
    for (const name of [path, `${path}/index`]) {
      if (this.project.has(`${name}.ts`) || this.project.has(`${name}.js`)) return name
    }
    return null
  }

  /** Compiles a module that `find` gave, and all it requires. */
  add(name: string): void {
    if (this.modules.has(name)) return
    if (name.endsWith('.json')) {
      this.modules.set(name, { code: `module.exports=${JSON.stringify(this.project.json(name))}`, requires: {} })
      return
    }
    const file = `${name}${this.project.has(`${name}.ts`) ? '.ts' : '.js'}`
    const module: Module = { code: '', requires: {} }
    this.modules.set(name, module)
    module.code = toCommonJs(file, this.project.text(file))
    for (const { request, line } of requiresOf(module.code)) {
      const target = this.resolve(name, request, file, line)
      if (!target) continue
      module.requires[request] = target
      this.diagnostics.attempt(() => this.add(target))
    }
  }

  private resolve(from: string, request: string, file: string, line: number): string | null {
    const near = this.find(resolvePath(from, request))
    if (near) return near
    if (/^[./]/.test(request)) {
      this.diagnostics.warn(file, line, `module ${JSON.stringify(request)} does not exist; require of it throws`)
      return null
    }
    const packed = this.diagnostics.attempt(() => this.packages.resolve(from, request))
    const found = packed && this.find(packed)
    if (!found) this.diagnostics.warn(file, line, `package ${JSON.stringify(request)} is neither in miniprogram_npm nor in node_modules; require of it throws`)
    return found || null
  }
}

function toCommonJs(file: string, source: string): string {
  let code: string
  try {
    const typescript = file.endsWith('.ts')
    code = transform(source, {
      transforms: typescript ? ['typescript', 'imports'] : ['imports'],
      disableESTransforms: true, production: true, preserveDynamicImport: false,
    }).code
  } catch (error) {
    const [, what, line] = /^(?:Error transforming [^:]*: )?([\s\S]*?)\s*\((\d+):\d+\)$/.exec((error as Error).message) ?? [null, (error as Error).message, null]
    throw new CompileError(file, line ? Number(line) : null, what!)
  }
  checkSyntax(file, code)
  return code
}

/** Each `require("literal")` of a module. */
function requiresOf(code: string): Array<{ request: string; line: number }> {
  const found: Array<{ request: string; line: number }> = []
  for (const match of code.matchAll(/\brequire\(\s*(["'])([^"'\n]+)\1\s*\)/g)) {
    const lines = code.slice(0, match.index).split('\n')
    // By its line: quotes in regular expressions, and "//" in strings, would
    // lead a hasty reading of the whole astray.
    const commented = /^\s*(?:\*|\/\*)|(?:^|\s)\/\/[^'"`]*$/.test(lines.at(-1)!)
    if (!commented) found.push({ request: match[2]!, line: lines.length })
  }
  return found
}
