import { h, icon } from './dom'
import { paths } from './icons'
import type { I18n } from './lang/i18n'
import type { Connection } from './wire/stream'

/** The `reload` event: the developer's own mini program was compiled anew. */
export interface ReloadEvent {
  warnings: string[]
  error: string | null
}

/** Quiet words at the top: the server is away, or the mini program did not compile. */
export class Banner {
  #connection: Connection = 'connecting'
  #build: ReloadEvent | null = null

  constructor(
    private readonly i18n: I18n,
    private readonly root: HTMLElement,
    private readonly options: { retry(): void; reload(): void },
  ) {
    i18n.bind(() => this.#draw())
  }

  connection(connection: Connection): void {
    // "connecting" again after a break is still a break to who reads it, and a pause is none of theirs.
    if (connection === 'connecting' || connection === 'paused' || connection === this.#connection) return
    this.#connection = connection
    this.#draw()
  }

  build(event: ReloadEvent): void {
    this.#build = event.error || event.warnings.length > 0 ? event : null
    this.#draw()
  }

  #draw(): void {
    this.root.replaceChildren(...[this.#aboutConnection(), this.#aboutBuild()].filter((e) => e !== null))
  }

  #aboutConnection(): HTMLElement | null {
    const { i18n } = this
    if (this.#connection === 'lost') {
      return h('div', { class: 'banner', 'data-testid': 'banner-lost' }, h('span', { class: 'spinner', 'aria-hidden': 'true' }), h('p', {}, i18n.t('banner.lost')),
        h('button', { type: 'button', 'data-testid': 'banner-retry', onclick: this.options.retry }, i18n.t('banner.retry')))
    }
    if (this.#connection !== 'stale') return null
    return h('div', { class: 'banner', 'data-testid': 'banner-stale' }, h('p', {}, i18n.t('banner.stale')),
      h('button', { type: 'button', 'data-testid': 'banner-reload', onclick: this.options.reload }, i18n.t('banner.reload')))
  }

  #aboutBuild(): HTMLElement | null {
    const { i18n } = this
    const build = this.#build
    if (!build) return null
    const title = build.error ? i18n.t('banner.compile') : i18n.t('banner.warnings', { n: build.warnings.length })
    return h('div', { class: build.error ? 'banner build bad' : 'banner build', 'data-testid': 'banner-build' },
      h('div', {}, h('p', {}, h('strong', {}, title)), h('pre', { tabindex: '0' }, build.error ?? build.warnings.join('\n'))),
      h('button', {
        type: 'button', class: 'ghost', 'aria-label': i18n.t('banner.close'),
        onclick: () => {
          this.#build = null
          this.#draw()
        },
      }, icon(paths.close)))
  }
}
