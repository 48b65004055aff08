import { h, icon } from './dom'
import { paths } from './icons'
import type { I18n } from './lang/i18n'
import type { Connection } from './wire/stream'

/** The `reload` event: the developer's own mini program was compiled anew. */
export interface ReloadEvent {
  warnings: string[]
  error: string | null
}

/** Different errors of a program shown at most. */
const mostErrors = 5

/** Quiet words at the top: the server is away, or the mini program did not compile, or fails as it runs. */
export class Banner {
  #connection: Connection = 'connecting'
  #build: ReloadEvent | null = null
  #errors: string[] = []

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

  /** The developer's own mini program failed as it ran. */
  programFailed(error: string): void {
    // The first is most often the cause of the rest.
    if (this.#errors.includes(error) || this.#errors.length >= mostErrors) return
    this.#errors.push(error)
    this.#draw()
  }

  /** The program starts anew: what it said before is past. */
  programStarts(): void {
    this.#errors = []
    this.#draw()
  }

  #draw(): void {
    this.root.replaceChildren(...[this.#aboutConnection(), this.#aboutBuild(), this.#aboutProgram()].filter((e) => e !== null))
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
    return this.#report('banner-build', build.error !== null, title, build.error ?? build.warnings.join('\n'), () => (this.#build = null))
  }

  #aboutProgram(): HTMLElement | null {
    if (this.#errors.length === 0) return null
    return this.#report('banner-program', true, this.i18n.t('banner.program'), this.#errors.join('\n\n'), () => (this.#errors = []))
  }

  #report(testid: string, bad: boolean, title: string, text: string, dismiss: () => void): HTMLElement {
    return h('div', { class: bad ? 'banner build bad' : 'banner build', 'data-testid': testid },
      h('div', {}, h('p', {}, h('strong', {}, title)), h('pre', { tabindex: '0' }, text)),
      h('button', {
        type: 'button', class: 'ghost', 'data-testid': `${testid}-close`, 'aria-label': this.i18n.t('banner.close'),
        onclick: () => {
          dismiss()
          this.#draw()
        },
      }, icon(paths.close)))
  }
}
