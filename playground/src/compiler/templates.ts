import * as templateCompiler from 'glass-easel-template-compiler'
import { CompileError, type Diagnostics } from './diagnostics'
import { checkSyntax } from './syntax'
import { resolvePath, type Project } from './project'
import { renameBuiltins, type Tag } from './wxml'

interface TemplateFault {
  isError: boolean
  message: string
  startLine: number
}

/** A group in an instance of its own: else the order in the output would hang on what was compiled before. */
function freshGroup(): templateCompiler.TmplGroup {
  const { renew } = templateCompiler as unknown as { renew?: () => void }
  renew?.()
  return new templateCompiler.TmplGroup()
}

/** Compiles WXML and WXS with what they import. */
export class Templates {
  private readonly group = freshGroup()
  private readonly done = new Set<string>()
  /** The tags of each template, by its name without ".wxml". */
  readonly tags = new Map<string, Tag[]>()

  constructor(
    private readonly project: Project,
    private readonly diagnostics: Diagnostics,
  ) {}

  /** Adds `<name>.wxml` and everything it imports, where the tags of `own` are components of the program. */
  add(name: string, own: ReadonlySet<string>): void {
    const file = `${name}.wxml`
    if (this.done.has(file)) return
    this.done.add(file)
    const { text, tags } = renameBuiltins(this.project.text(file), own)
    this.tags.set(name, tags)
    for (const fault of this.group.addTmpl(name, text) as TemplateFault[]) {
      const line = fault.startLine + 1
      // An unclosed tag is only a warning of this compiler, and an error in WeChat.
      if (fault.isError || /end tag/.test(fault.message)) this.diagnostics.error(new CompileError(file, line, fault.message))
      else this.diagnostics.warn(file, line, fault.message)
    }
    this.checkInline(name, file)
    for (const imported of this.group.getDirectDependencies(name) as string[]) this.follow(file, `${imported}.wxml`, () => this.add(imported, own))
    for (const script of this.group.getScriptDependencies(name) as string[]) this.follow(file, `${withoutSuffix(script)}.wxs`, () => this.addScript(withoutSuffix(script)))
  }

  /** One JavaScript expression: an object of the template functions by name. */
  code(): string {
    return this.group.getTmplGenObjectGroups()
  }

  /** Gives the memory back; nothing may be asked after it. Without it the memory would be freed later, in the instance of another compile. */
  free(): void {
    this.group.free()
  }

  private follow(from: string, file: string, add: () => void): void {
    if (!this.project.has(file)) throw new CompileError(from, null, `imports ${file}, which does not exist`)
    this.diagnostics.attempt(add)
  }

  /** Inline WXS goes into the output as it is: a fault in it would break all of it. */
  private checkInline(name: string, file: string): void {
    const source = this.project.text(file)
    for (const module of this.group.getInlineScriptModuleNames(name) as string[]) {
      const script = this.group.getInlineScript(name, module)
      const above = source.slice(0, Math.max(0, source.indexOf(script))).split('\n').length - 1
      this.diagnostics.attempt(() => checkSyntax(file, script, above))
    }
  }

  private addScript(name: string): void {
    const file = `${name}.wxs`
    if (this.done.has(file)) return
    this.done.add(file)
    const source = this.project.text(file)
    checkSyntax(file, source)
    // Templates name a script without its suffix, scripts each other with it.
    this.group.addScript(name, source)
    this.group.addScript(file, source)
    for (const [, request] of source.matchAll(/\brequire\(\s*['"]([^'"]+)['"]\s*\)/g)) {
      const target = withoutSuffix(resolvePath(file, request!))
      this.follow(file, `${target}.wxs`, () => this.addScript(target))
    }
  }
}

function withoutSuffix(name: string): string {
  return name.replace(/\.wxs$/, '')
}
