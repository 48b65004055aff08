import type { CodeSpace, ComponentEnv, component } from 'glass-easel-miniprogram-adapter'
import type { Program, ProgramCode } from './program'

type Definition = Record<string, unknown>

/** Loads the modules of a program, each once, and binds Page and Component to the one that is being loaded. */
export class Modules {
  private readonly loaded = new Map<string, { exports: unknown }>()
  private readonly registered = new Set<string>()
  private readonly behaviors = new Map<string, unknown>()
  private current: { path: string; env: ComponentEnv } | null = null

  private codeSpace!: CodeSpace
  private code!: ProgramCode

  constructor(private readonly program: Program) {}

  /** Says where components are defined, and what there is to load: both are made with these globals. */
  begin(codeSpace: CodeSpace, code: ProgramCode): void {
    this.codeSpace = codeSpace
    this.code = code
  }

  /** Loads what defines a page or component, and all it uses. Throws what its code throws. */
  define(path: string): void {
    if (this.registered.has(path)) return
    this.registered.add(path)
    const { app, components } = this.program
    const used = { ...app.usingComponents, ...components[path]?.usingComponents }
    for (const target of Object.values(used)) this.define(target.replace(/^\//, ''))
    this.codeSpace.componentEnv(path, (env) => {
      // Libraries call Component from a helper module: it is for the component
      // whose loading led there.
      const before = this.current
      this.current = { path, env }
      try {
        this.load(this.moduleOf(path))
      } finally {
        this.current = before
      }
    })
  }

  load(name: string): unknown {
    const known = this.loaded.get(name)
    if (known) return known.exports
    const source = this.code.modules[name]
    if (!source) throw new Error(`module '${name}.js' is not defined`)
    const module = { exports: {} as unknown }
    this.loaded.set(name, module)
    const require = (request: string): unknown => {
      const target = source.requires[request]
      if (target === undefined) throw new Error(`module '${request}' is not defined, require args is '${request}' (in ${name})`)
      return this.load(target)
    }
    source.run.call(module.exports, require, module, module.exports)
    return module.exports
  }

  /** The globals Page, Component and Behavior. */
  readonly globals = {
    Page: (definition: Definition): void => this.env('Page').Page(this.fitting(definition) as never),
    Component: (definition: Definition): void => this.env('Component').Component(this.fitting(definition) as never),
    Behavior: (definition: Definition): unknown => {
      return this.codeSpace.behavior().definition(this.fitting(definition) as never).register()
    },
  }

  private env(what: string): ComponentEnv {
    if (!this.current) throw new Error(`${what}() was called while no page or component was being loaded`)
    return this.current.env
  }

  private moduleOf(path: string): string {
    return this.code.modules[path] ? path : `${path}/index`
  }

  private fitting(definition: Definition): Definition {
    const behaviors = definition?.behaviors
    if (!Array.isArray(behaviors)) return definition
    return { ...definition, behaviors: behaviors.map((one) => (typeof one === 'string' ? this.named(one) : one)) }
  }

  /** WeChat's own behaviors go by name; the engine knows none of them. */
  private named(name: string): unknown {
    const properties = name.startsWith('wx://form-field') ? { name: String, value: null } : {}
    if (!this.behaviors.has(name)) this.behaviors.set(name, this.codeSpace.behavior().definition({ properties } as never).register())
    return this.behaviors.get(name)
  }
}

/** A page or component as the program sees it, `this` in its methods. */
export type Instance = component.GeneralComponent & Record<string, unknown>
