import postcss, { type AtRule, type ChildNode, type Root, type Rule } from 'postcss'
import selectorParser, { type Root as SelectorRoot } from 'postcss-selector-parser'
import { BUILTINS, MISSING } from './builtins'
import { CompileError, type Diagnostics } from './diagnostics'
import { resolvePath, type Project } from './project'

/** Where a style sheet holds. */
export interface StyleReach {
  /** The prefix of its classes: the style is of one component only. */
  scope?: string
  /** The page it belongs to: pages don't see each other's styles. */
  page?: string
}

const THEME = /\(\s*prefers-color-scheme\s*:\s*(dark|light)\s*\)/

/** Compiles `<name>.wxss` with its imports to the CSS of a browser. */
export function compileWxss(project: Project, diagnostics: Diagnostics, file: string, reach: StyleReach): string {
  const root = inline(project, file, new Set([file]))
  root.walkDecls((declaration) => {
    // WeChat's viewport is the page, without the bars; so is that of the container here.
    declaration.value = declaration.value.replace(/(\d)vh\b/g, '$1cqh').replace(/(-?(?:\d+\.?\d*|\.\d+))rpx\b/g, (_, n: string) => `calc(var(--rpx)*${Number(n)})`)
    if (/url\(\s*(?!['"]?(?:data:|https?:|\/\/|\s*\)))/.test(declaration.value)) {
      diagnostics.warn(file, declaration.source?.start?.line ?? null, 'WXSS reads no local file: WeChat wants a data: or a network address here')
    }
  })
  root.walkRules((rule) => {
    if (inKeyframes(rule)) return
    rule.selector = select(rule.selector, file, rule, reach)
    if (reach.page) rule.selectors = rule.selectors.map((one) => `:where([data-page="${reach.page}"]) ${one}`)
  })
  themes(root)
  return root.toString().trim()
}

function inline(project: Project, file: string, above: Set<string>): Root {
  let root: Root
  try {
    root = postcss.parse(project.text(file))
  } catch (error) {
    if (!(error instanceof postcss.CssSyntaxError)) throw error
    throw new CompileError(file, error.line ?? null, error.reason)
  }
  root.walkAtRules('import', (rule) => {
    const target = resolvePath(file, rule.params.replace(/^url\(|\)$|["']/g, '').trim())
    if (!project.has(target)) throw new CompileError(file, rule.source?.start?.line ?? null, `imports ${target}, which does not exist`)
    rule.replaceWith(above.has(target) ? [] : inline(project, target, new Set([...above, target])).nodes)
  })
  root.walkComments((comment) => void comment.remove())
  return root
}

/**
 * The theme is the phone's, not the browser's: a media rule for one becomes a
 * condition on the attribute of <html>, of no weight, so that the order of
 * rules still decides.
 */
function themes(root: Root): void {
  root.walkAtRules('media', (media: AtRule) => {
    const theme = THEME.exec(media.params)?.[1]
    if (!theme) return
    media.walkRules((rule) => {
      if (!inKeyframes(rule)) rule.selectors = rule.selectors.map((one) => `:where([data-theme="${theme}"]) ${one}`)
    })
    const rest = media.params.split(/\s+and\s+/).filter((part) => !THEME.test(part) && !/^(?:only\s+)?(?:screen|all)$/.test(part)).join(' and ')
    if (rest) media.params = rest
    else media.replaceWith((media.nodes ?? []) as ChildNode[])
  })
}

function inKeyframes(rule: Rule): boolean {
  return rule.parent?.type === 'atrule' && /keyframes$/.test((rule.parent as AtRule).name)
}

function select(selector: string, file: string, rule: Rule, reach: StyleReach): string {
  const change = (root: SelectorRoot): void => {
    root.walkTags((tag) => {
      if (BUILTINS.has(tag.value) || MISSING.has(tag.value)) tag.value = `wx-${tag.value}`
    })
    root.walkPseudos((pseudo) => {
      if (pseudo.value !== ':host') return
      const host = selectorParser.attribute({ attribute: 'wx-host', operator: '=', value: reach.scope ?? '', quoteMark: '"', raws: {} })
      pseudo.replaceWith(host)
    })
    if (reach.scope) root.walkClasses((name) => void (name.value = `${reach.scope}--${name.value}`))
  }
  try {
    return selectorParser(change).processSync(selector)
  } catch (error) {
    throw new CompileError(file, rule.source?.start?.line ?? null, (error as Error).message)
  }
}
