import type { Root } from 'glass-easel-miniprogram-adapter'
import type { Engine } from './engine'
import type { Context } from './phone'
import type { Instance } from './modules'
import type { WindowConfig } from './program'
import { addPullDown } from './pull-down'
import type { PageUrl } from './url'
import { EventChannel } from './event-channel'
import { themed } from './theme'

/** One page on the stack. */
export class Page {
  readonly root: Root
  readonly element = document.createElement('div')
  readonly channel: EventChannel
  private shown = false
  private bottom = false
  private stopReady = (): void => {}

  constructor(
    private readonly context: Context,
    engine: Engine,
    readonly url: PageUrl,
    search: string,
  ) {
    this.channel = new EventChannel((error) => context.fault(error))
    this.root = engine.backend.createRoot('page', engine.codeSpace, search ? `${url.path}?${search}` : url.path)
    Object.assign(this.instance, { route: url.path, __route__: url.path, options: url.query, getOpenerEventChannel: () => this.channel })
    this.element.className = 'phone-page'
    this.element.dataset.page = url.path
    this.element.addEventListener('scroll', () => this.scrolled())
    addPullDown(this, () => this.refresh())
  }

  /** The page as the program sees it. */
  get instance(): Instance {
    return this.root.get() as unknown as Instance
  }

  /** What app.json and the page's own JSON say, with the colours of the theme. */
  get config(): WindowConfig {
    const { app, components } = this.context.program
    return themed(app, { ...app.window, ...components[this.url.path] }, this.context.theme)
  }

  /** Draws the page and begins its life. */
  load(): void {
    const placeholder = document.createElement('span')
    this.element.append(placeholder)
    this.element.style.backgroundColor = this.config.backgroundColor ?? ''
    this.context.screen.pages.append(this.element)
    this.root.attach(this.element as never, placeholder as never)
    this.call('onLoad', this.url.query)
    this.show()
    this.stopReady = this.context.life.after(0, () => this.call('onReady'))
  }

  show(): void {
    if (this.shown) return
    this.shown = true
    this.element.hidden = false
    this.root.getComponent().triggerPageLifetime('show', [])
    this.call('onShow')
  }

  hide(): void {
    if (!this.shown) return
    this.shown = false
    this.root.getComponent().triggerPageLifetime('hide', [])
    this.call('onHide')
  }

  unload(): void {
    this.shown = false
    this.stopReady()
    this.call('onUnload')
    this.root.release()
    this.element.remove()
  }

  /** Calls a lifecycle of the page, where it has it. */
  call(name: string, ...args: unknown[]): unknown {
    const method = this.instance[name]
    if (typeof method !== 'function' || this.context.life.over) return undefined
    try {
      return method.apply(this.instance, args)
    } catch (error) {
      this.context.fault(error)
      return undefined
    }
  }

  /** Shows that the page refreshes, and lets it; wx.stopPullDownRefresh ends it. */
  refresh(): void {
    this.context.screen.pages.toggleAttribute('data-refreshing', true)
    this.call('onPullDownRefresh')
  }

  private scrolled(): void {
    const { scrollTop, scrollHeight, clientHeight } = this.element
    this.call('onPageScroll', { scrollTop })
    const near = scrollHeight - scrollTop - clientHeight <= (this.config.onReachBottomDistance ?? 50)
    if (near && !this.bottom) this.call('onReachBottom')
    this.bottom = near
  }
}
