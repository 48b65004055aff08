import { h, icon } from './dom'
import { paths } from './icons'
import { jsonView } from './json_view'
import type { I18n } from './lang/i18n'
import { Locks } from './locks'
import { failureOf, isLocked, type Exchange, type Json, type Value } from './wire/exchange'
import { exchangeName } from './diagram/words'

/** The panel that shows one exchange in full. */
export class Details {
  readonly #locks: Locks
  #exchange: Exchange | null = null
  #back: HTMLElement | null = null

  constructor(
    private readonly i18n: I18n,
    private readonly root: HTMLElement,
    /** Tells which exchange is shown, or none any more. */
    private readonly onShow: (id: string | null) => void,
  ) {
    this.#locks = new Locks(i18n, root)
    root.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') this.close()
    })
    i18n.bind(() => this.#draw())
  }

  /** Shows an exchange; the focus goes back to `from` when it is closed. */
  show(exchange: Exchange, from: HTMLElement): void {
    this.#exchange = exchange
    this.#back = from
    this.#draw()
    this.root.hidden = false
    this.root.querySelector<HTMLElement>('h3')?.focus({ preventScroll: true })
    this.onShow(exchange.id)
  }

  /** Follows the exchange that is shown; others are none of its business. */
  update(exchange: Exchange): void {
    if (this.#exchange?.id !== exchange.id) return
    this.#exchange = exchange
    this.#draw()
  }

  close(): void {
    if (this.root.hidden) return
    this.#locks.hide()
    this.root.hidden = true
    this.#exchange = null
    this.onShow(null)
    this.#back?.focus({ preventScroll: true })
  }

  #draw(): void {
    const exchange = this.#exchange
    if (!exchange) return
    const { i18n } = this
    this.#locks.hide()
    const party = (p: Exchange['from']): string => i18n.t(`party.${p}`)
    this.root.replaceChildren(
      h('header', { class: 'details-head' },
        h('h3', { tabindex: '-1' }, exchangeName(exchange)),
        h('span', { class: 'details-way' }, `${party(exchange.from)} → ${party(exchange.to)}`),
        h('button', {
          class: 'ghost', type: 'button', 'data-testid': 'details-close', 'aria-label': i18n.t('details.close'), onclick: () => this.close(),
        }, icon(paths.close))),
      h('div', { class: 'details-body' }, this.#request(exchange), this.#answer(exchange)),
      h('p', { class: 'details-hint' }, icon(paths.lock), i18n.t('details.locks')))
  }

  #request({ request }: Exchange): HTMLElement {
    return h('section', {}, h('h4', {}, this.i18n.t('details.request'), this.#size(request.size)),
      this.#pairs('details.query', request.query), this.#body(request.body), this.#pairs('details.headers', request.headers))
  }

  #answer(exchange: Exchange): HTMLElement {
    const { i18n } = this
    const { response, error, fault } = exchange
    const failure = failureOf(exchange)
    const words: (Node | null)[] = [
      fault ? h('p', { class: 'details-fault' }, i18n.t(`fault.${fault}`)) : null,
      error ? h('p', { class: 'details-fault' }, i18n.t('fault.told', { error })) : null,
    ]
    if (!response) {
      const none = exchange.state === 'open' ? 'details.open' : 'details.noanswer'
      return h('section', {}, h('h4', {}, i18n.t('details.answer')), ...words, h('p', {}, i18n.t(none)))
    }
    return h('section', {},
      h('h4', {}, i18n.t('details.answer'),
        h('span', { class: failure ? 'chip bad' : 'chip good' }, failure?.startsWith('errcode') ? failure : String(response.status)),
        h('span', { class: 'details-size' }, i18n.t('diagram.ms', { n: exchange.took_ms ?? 0 })), this.#size(response.size)),
      ...words, this.#body(response.body), this.#pairs('details.headers', response.headers))
  }

  #size(n: number): HTMLElement | null {
    return n > 0 ? h('span', { class: 'details-size' }, this.i18n.t('details.bytes', { n })) : null
  }

  #body(body: Json): HTMLElement | null {
    return body === null || body === '' ? null : jsonView(body, this.#locks)
  }

  #pairs(title: 'details.query' | 'details.headers', pairs: [string, Value][]): HTMLElement | null {
    if (pairs.length === 0) return null
    const list = h('dl', { class: 'pairs' })
    for (const [name, value] of pairs) {
      list.append(h('dt', {}, name), h('dd', {}, ...(isLocked(value) ? [value.prefix ?? '', this.#locks.chip(value)] : [value])))
    }
    const open = title === 'details.query'
    return h('details', { class: 'fold', open }, h('summary', {}, this.i18n.t(title), h('span', { class: 'count' }, String(pairs.length))), list)
  }
}
