/** The path of a page and its query. Values stay encoded, as WeChat hands them to onLoad. */
export interface PageUrl {
  path: string
  query: Record<string, string>
}

/** Parses "/pages/a/a?x=1" or, seen from the page `from`, "../b/b". */
export function parsePageUrl(url: string, from: string): PageUrl {
  const [target = '', search = ''] = url.split('?', 2) as [string, string?]
  const parts = target.startsWith('/') || !from ? [] : from.split('/').slice(0, -1)
  for (const part of target.split('/')) {
    if (part === '..') parts.pop()
    else if (part && part !== '.') parts.push(part)
  }
  const query: Record<string, string> = {}
  for (const pair of search.split('&').filter(Boolean)) {
    const at = pair.indexOf('=')
    query[at < 0 ? pair : pair.slice(0, at)] = at < 0 ? '' : pair.slice(at + 1)
  }
  return { path: parts.join('/').replace(/\.html$/, ''), query }
}
