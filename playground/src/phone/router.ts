import { HostFailure } from '../host'
import type { Engine } from './engine'
import type { Modules } from './modules'
import { Page } from './page'
import type { Context } from './phone'
import { assetUrl } from './assets'
import { themed } from './theme'
import { parsePageUrl, type PageUrl } from './url'

/** WeChat's limit of the page stack. */
const DEEPEST = 10

/** What a navigation is given. */
export interface NavigateOptions {
  url?: string
  delta?: number
  events?: Record<string, (...args: unknown[]) => void>
}

/** The stack of pages, and the ways to change it. */
export class Router {
  private stack: Page[] = []
  /** Pages of the tab bar are kept while others of it are in front. */
  private readonly tabs = new Map<string, Page>()

  constructor(
    private readonly context: Context,
    private readonly engine: Engine,
    private readonly modules: Modules,
  ) {
    context.screen.bar.back = () => this.go('navigateBack', {})
  }

  get pages(): readonly Page[] {
    return this.stack
  }

  get top(): Page | undefined {
    return this.stack.at(-1)
  }

  /** Opens the first page, where none is yet. Throws what its code throws. */
  open(url: PageUrl, search: string): void {
    this.push(url, search)
  }

  /** One of wx's ways to navigate. Throws a HostFailure with WeChat's words. */
  go(api: string, options: NavigateOptions): Record<string, unknown> {
    if (api === 'navigateBack') return this.back(Math.max(1, Math.floor(Number(options.delta ?? 1)) || 1))
    const url = parsePageUrl(String(options.url ?? ''), this.top?.url.path ?? '')
    const search = String(options.url ?? '').split('?')[1] ?? ''
    if (!this.context.program.app.pages.includes(url.path)) {
      this.context.events.pageNotFound.tell({ path: url.path, query: url.query, isEntryPage: false })
      throw new HostFailure(`page "${url.path}${search ? `?${search}` : ''}" is not found`)
    }
    const isTab = this.isTab(url.path)
    if (isTab && (api === 'navigateTo' || api === 'redirectTo')) throw new HostFailure(`can not ${api} a tabbar page`)
    if (!isTab && api === 'switchTab') throw new HostFailure('can not switch to no-tabBar page')
    if (api === 'navigateTo') return this.navigateTo(url, search, options)
    if (api === 'redirectTo') this.replace([this.stack.length - 1], url, search)
    else if (api === 'switchTab') this.switchTab(url)
    else this.replace(this.stack.map((_, i) => i), url, search)
    return {}
  }

  /** Draws the bars anew, for the page in front. */
  showBars(): void {
    const { screen, program, theme } = this.context
    const { top } = this
    if (!top) return
    screen.bar.show(top.config, this.stack.length > 1)
    const { app } = program
    const config = app.tabBar && themed(app, app.tabBar as never, theme) as unknown as typeof app.tabBar
    screen.tabs.show(config, top.url.path, (path) => assetUrl(program, path, ''), (index) => {
      const { pagePath, text } = config!.list[index]!
      if (pagePath !== this.top?.url.path) this.switchTab(parsePageUrl(`/${pagePath}`, ''))
      this.top?.call('onTabItemTap', { index, pagePath, text })
    })
  }

  private navigateTo(url: PageUrl, search: string, options: NavigateOptions): Record<string, unknown> {
    if (this.stack.length >= DEEPEST) throw new HostFailure('webview count limit exceed')
    const page = this.push(url, search, options.events)
    return { eventChannel: page.channel }
  }

  private push(url: PageUrl, search: string, events: NavigateOptions['events'] = {}): Page {
    const page = this.create(url, search)
    // Before its onLoad, which may already speak to the one that opened it.
    for (const [name, listener] of Object.entries(events)) page.channel.on(name, listener)
    const before = this.top
    before?.hide()
    if (before) before.element.hidden = true
    this.stack.push(page)
    this.begin(page)
    return page
  }

  private create(url: PageUrl, search: string): Page {
    this.modules.define(url.path)
    const page = new Page(this.context, this.engine, url, search)
    if (this.isTab(url.path)) this.tabs.set(url.path, page)
    return page
  }

  private begin(page: Page): void {
    this.showBars()
    page.load()
  }

  private back(delta: number): Record<string, unknown> {
    if (this.stack.length < 2) throw new HostFailure('cannot navigate back at first page.')
    for (const page of this.stack.splice(Math.max(1, this.stack.length - delta)).reverse()) page.unload()
    this.showBars()
    this.top?.show()
    return {}
  }

  /** Unloads the pages at some places and puts a new one in front. */
  private replace(places: number[], url: PageUrl, search: string): void {
    const gone = this.stack.filter((_, i) => places.includes(i))
    const all = new Set(places.length === this.stack.length ? [...gone, ...this.tabs.values()] : gone)
    this.stack = this.stack.filter((page) => !gone.includes(page))
    for (const page of all) {
      this.tabs.delete(page.url.path)
      page.unload()
    }
    this.push(url, search)
  }

  private switchTab(url: PageUrl): void {
    const kept = this.tabs.get(url.path)
    const [first] = this.stack
    for (const page of this.stack.splice(0).reverse()) {
      if (page !== first || !this.isTab(page.url.path)) page.unload()
      else if (page !== kept) {
        page.hide()
        page.element.hidden = true
      }
    }
    const page = kept ?? this.create({ path: url.path, query: {} }, '')
    this.stack = [page]
    if (!kept) return this.begin(page)
    this.showBars()
    page.show()
  }

  private isTab(path: string): boolean {
    return this.context.program.app.tabBar?.list.some((tab) => tab.pagePath === path) ?? false
  }
}
