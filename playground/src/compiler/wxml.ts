import { BUILTINS, MISSING } from './builtins'

/** A tag that was opened, as it was written. */
export interface Tag {
  name: string
  line: number
}

/** A WXML with WeChat's own tags renamed, line for line the same, and the tags that were met. */
export interface RenamedWxml {
  text: string
  tags: Tag[]
}

const OPEN = /<(\/?)([a-zA-Z][\w-]*)/y

/**
 * Renames `<view>` to `<wx-view>`, and so on, but neither in text nor in
 * strings, comments or inline WXS, nor what is among the components in `own`.
 */
export function renameBuiltins(source: string, own: ReadonlySet<string>): RenamedWxml {
  let text = ''
  let line = 1
  const tags: Tag[] = []
  const take = (end: number, at: number): number => {
    const part = source.slice(at, end)
    line += part.split('\n').length - 1
    text += part
    return end
  }
  for (let at = 0; at < source.length; ) {
    OPEN.lastIndex = at
    const match = OPEN.exec(source)
    if (source.startsWith('<!--', at)) at = take(after(source, '-->', at + 4), at)
    else if (source.startsWith('{{', at)) at = take(after(source, '}}', at + 2), at)
    else if (!match) at = take(at + 1, at)
    else {
      const [whole, slash, name] = match as unknown as [string, string, string]
      if (!slash) tags.push({ name, line })
      const builtin = !own.has(name) && (BUILTINS.has(name) || MISSING.has(name))
      text += `<${slash}${builtin ? 'wx-' : ''}${name}`
      const end = endOfTag(source, at + whole.length)
      at = take(end, at + whole.length)
      const inlineScript = name === 'wxs' && !slash && source[end - 2] !== '/'
      if (inlineScript) at = take(before(source, '</wxs', end), at)
    }
  }
  return { text, tags }
}

function after(source: string, mark: string, from: number): number {
  const found = source.indexOf(mark, from)
  return found < 0 ? source.length : found + mark.length
}

function before(source: string, mark: string, from: number): number {
  const found = source.indexOf(mark, from)
  return found < 0 ? source.length : found
}

/** Past the ">" of a tag, which quotes and mustaches may hide. */
function endOfTag(source: string, from: number): number {
  for (let at = from; at < source.length; at++) {
    const c = source[at]
    if (c === '>') return at + 1
    if (c === '"' || c === "'") at = after(source, c, at + 1) - 1
    else if (source.startsWith('{{', at)) at = after(source, '}}', at + 2) - 1
  }
  return source.length
}
