import { h } from './dom'
import type { I18n } from './lang/i18n'
import type { Keeper } from './phone/storage'

const keptAs = 'hufu-shell/tour'
const steps = [1, 2, 3] as const

/** Three steps that point at the phone, the diagram and the controls; shown once. */
export class Tour {
  #step = 0
  #root: HTMLElement | null = null

  constructor(
    private readonly i18n: I18n,
    private readonly keeper: Keeper,
    /** What each step points at, and the view it is in on a narrow screen. */
    private readonly places: readonly { element: HTMLElement; view: 'phone' | 'diagram' | 'controls' }[],
    private readonly show: (view: 'phone' | 'diagram' | 'controls') => void,
  ) {
    i18n.bind(() => this.#draw())
  }

  /** Starts, unless it was seen or the address says not to. */
  begin(query: string | null): void {
    if (query === '0' || (query !== '1' && this.keeper.getItem(keptAs))) return
    this.#root = h('div', { class: 'tour', role: 'dialog', 'data-testid': 'tour' })
    this.#root.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') this.end()
    })
    document.querySelector('main')?.append(this.#root)
    this.#draw()
  }

  end(): void {
    this.keeper.setItem(keptAs, 'seen')
    this.#point(null)
    this.#root?.remove()
    this.#root = null
    this.show('phone')
  }

  #next(): void {
    this.#step++
    if (this.#step >= steps.length) this.end()
    else this.#draw()
  }

  #draw(): void {
    const step = steps[this.#step]
    const place = this.places[this.#step]
    if (!this.#root || !step || !place) return
    const { i18n } = this
    this.show(place.view)
    this.#point(place.element)
    this.#root.dataset['step'] = String(step)
    this.#root.setAttribute('aria-label', i18n.t('tour.label'))
    const next = h('button', { type: 'button', class: 'primary', 'data-testid': 'tour-next', onclick: () => this.#next() },
      i18n.t(step === steps.length ? 'tour.done' : 'tour.next'))
    this.#root.replaceChildren(
      h('span', { class: 'tour-count' }, i18n.t('tour.step', { n: step })),
      h('h2', {}, i18n.t(`tour.${step}.title`)),
      h('p', {}, i18n.t(`tour.${step}.text`)),
      h('div', { class: 'tour-foot' },
        h('button', { type: 'button', class: 'ghost', 'data-testid': 'tour-skip', onclick: () => this.end() }, i18n.t('tour.skip')), next))
    next.focus({ preventScroll: true })
  }

  #point(element: HTMLElement | null): void {
    for (const { element: any } of this.places) any.classList.toggle('pointed', any === element)
  }
}
