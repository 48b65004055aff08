import { CompileError, type Diagnostics } from './diagnostics'
import { lineOfKey, parseJson } from './json'
import type { Project } from './project'

/** app.json as the phone needs it. */
export interface AppConfig {
  pages: string[]
  usingComponents: Record<string, string>
  theme?: Record<'light' | 'dark', Record<string, string>>
  [key: string]: unknown
}

/** Reads app.json: pages with those of subpackages, and the colours of theme.json. */
export function readApp(project: Project, diagnostics: Diagnostics): AppConfig {
  const text = project.text('app.json')
  const json = parseJson('app.json', text)
  const pages = strings(json.pages)
  for (const part of [json.subPackages, json.subpackages].flat() as Array<{ root?: string; pages?: unknown } | undefined>) {
    if (part?.root) pages.push(...strings(part.pages).map((page) => `${part.root!.replace(/^\/|\/$/g, '')}/${page}`))
  }
  if (pages.length === 0) throw new CompileError('app.json', lineOfKey(text, 'pages'), '"pages" must name at least one page')
  const tabs = (json.tabBar as { list?: Array<{ pagePath?: string }> } | undefined)?.list ?? []
  for (const { pagePath } of tabs) {
    if (!pagePath || !pages.includes(pagePath)) {
      diagnostics.error(new CompileError('app.json', lineOfKey(text, pagePath ?? 'tabBar'), `tabBar names ${pagePath}, which is not in "pages"`))
    }
  }
  const app: AppConfig = { ...json, pages: pages.map((page) => page.replace(/^\//, '')), usingComponents: components(json) }
  const themeFile = json.darkmode === true && typeof json.themeLocation === 'string' ? json.themeLocation : null
  if (themeFile) app.theme = project.json(themeFile) as AppConfig['theme']
  return app
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : []
}

/** The `usingComponents` of a JSON, by tag. */
export function components(json: Record<string, unknown>): Record<string, string> {
  return typeof json.usingComponents === 'object' && json.usingComponents ? { ...(json.usingComponents as Record<string, string>) } : {}
}
