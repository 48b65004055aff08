import type { AppConfig } from './app'
import type { ComponentConfig } from './components'
import { GIVEN, WITHHELD } from './globals'
import type { Module } from './scripts'

/** All parts of a compiled program. */
export interface Parts {
  app: AppConfig
  components: ReadonlyMap<string, ComponentConfig>
  styles: ReadonlyMap<string, string>
  scopes: ReadonlyMap<string, string>
  modules: ReadonlyMap<string, Module>
  assets: Record<string, string>
  templates: string
}

/** The classic script that sets globalThis.hufuProgram; the same parts give the same bytes. */
export function emit(parts: Parts): string {
  const json = (value: unknown): string => JSON.stringify(value).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')
  const modules = [...parts.modules].map(
    ([name, { code, requires }]) => `${json(name)}:{requires:${json(requires)},run:function(require,module,exports){${code}\n}}`,
  )
  const data = { app: parts.app, components: parts.components, styles: parts.styles, scopes: parts.scopes, assets: parts.assets }
  const fields = Object.entries(data).map(([name, value]) => `${name}:${json(value instanceof Map ? Object.fromEntries(value) : value)},`)
  // The code in an outer function, so that a module may declare a name of its
  // own that is withheld or given here.
  return `globalThis.hufuProgram={
${fields.join('\n')}
code:function(given){
var ${WITHHELD.join(',')};
var ${GIVEN.map((name) => `${name}=given.${name}`).join(',')};
return {
templates:${parts.templates},
modules:{
${modules.join(',\n')}
}}}};
`
}
