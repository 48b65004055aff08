import type { Program } from './program'
import { parsePageUrl } from './url'

/** The address of a picture that a page or component `from` names: of the program itself, or as it is. */
export function assetUrl(program: Program, src: string, from: string): string {
  if (/^[a-z][a-z\d+.-]*:/i.test(src)) return src
  return program.assets[`/${parsePageUrl(src, from).path}`] ?? program.assets[src] ?? src
}
