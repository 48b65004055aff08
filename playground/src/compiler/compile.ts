import { readApp } from './app'
import { readAssets } from './assets'
import { Components } from './components'
import { CompileError, Diagnostics } from './diagnostics'
import { emit } from './emit'
import { Packages } from './packages'
import { Project } from './project'
import { Scripts } from './scripts'
import { Templates } from './templates'
import { compileWxss } from './wxss'

/** A compiled mini program. */
export interface Compiled {
  /** A classic script that sets globalThis.hufuProgram. */
  script: string
  /** What will perhaps not work, "file:line: what" each. */
  warnings: string[]
  /** Every file it was made of, absolute, sorted. */
  files: string[]
}

/** What a failed compile rejects with: `message` has a line for each fault, "file:line: what". */
export interface CompileFailure extends Error {
  files: string[]
}

/**
 * Compiles the mini program in `dir`: its root, or a folder whose
 * project.config.json names it. The same files give the same bytes.
 */
export async function compile(dir: string): Promise<Compiled> {
  const project = new Project(dir)
  try {
    return { ...compileProject(project), files: [...project.files].sort() }
  } catch (error) {
    throw Object.assign(error as Error, { files: [...project.files].sort() })
  }
}

function compileProject(project: Project): Omit<Compiled, 'files'> {
  const diagnostics = new Diagnostics()
  const templates = new Templates(project, diagnostics)
  try {
    return compileParts(project, diagnostics, templates)
  } finally {
    templates.free()
  }
}

function compileParts(project: Project, diagnostics: Diagnostics, templates: Templates): Omit<Compiled, 'files'> {
  const packages = new Packages(project)
  const scripts = new Scripts(project, packages, diagnostics)
  const app = readApp(project, diagnostics)
  const main = scripts.find('app')
  if (main) diagnostics.attempt(() => scripts.add(main))
  else diagnostics.error(new CompileError('app.json', null, 'has neither app.js nor app.ts beside it'))
  const components = new Components(project, packages, scripts, templates, diagnostics, app)
  components.addAll()
  const { styles, scopes } = compileStyles(project, diagnostics, components, app.pages)
  diagnostics.throwIfAny()
  const code = templates.code()
  const written = code + [...scripts.modules.values()].map((module) => module.code).join('') + JSON.stringify(app)
  const assets = readAssets(project, diagnostics, written)
  return {
    script: emit({ app, components: components.found, styles, scopes, modules: scripts.modules, assets, templates: code }),
    warnings: diagnostics.warnings,
  }
}

/** Styles by path, in the order in which they hold: the app's, the components', the pages'. */
function compileStyles(project: Project, diagnostics: Diagnostics, components: Components, pages: string[]) {
  const styles = new Map<string, string>()
  const scopes = new Map<string, string>()
  const paths = ['app', ...[...components.found.keys()].filter((path) => !pages.includes(path)).sort(), ...pages]
  for (const path of paths) {
    const config = components.found.get(path)
    const isolated = config && (config.styleIsolation ? !/^(page-)?shared$/.test(String(config.styleIsolation)) : config.component === true)
    const scope = isolated ? `s${scopes.size}` : undefined
    if (scope) scopes.set(path, scope)
    if (!project.has(`${path}.wxss`)) {
      for (const other of ['less', 'scss', 'sass']) {
        if (project.has(`${path}.${other}`)) diagnostics.warn(`${path}.${other}`, null, 'is not compiled here: write WXSS, or build it first')
      }
      continue
    }
    const page = pages.includes(path) && !config?.component ? path : undefined
    const css = diagnostics.attempt(() => compileWxss(project, diagnostics, `${path}.wxss`, { scope, page }))
    if (css) styles.set(path, css)
  }
  return { styles, scopes }
}
