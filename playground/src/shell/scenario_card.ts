import { h, icon } from './dom'
import { paths } from './icons'
import type { I18n, TextKey } from './lang/i18n'
import { isScenario, type Scenario } from './scenarios'
import type { Walk } from './walk'

/** The card of the scenario that is on, and the picker; they say the same. */
export class ScenarioCard {
  constructor(
    private readonly i18n: I18n,
    private readonly places: { card: HTMLElement; picker: HTMLSelectElement },
    private readonly list: readonly Scenario[],
    private readonly walk: Walk,
  ) {
    places.picker.append(this.i18n.text(h('option', { value: '' }), 'scenario.none'))
    for (const { id } of list) places.picker.append(this.i18n.text(h('option', { value: id }), `scenario.${id}.title`))
    places.picker.addEventListener('change', () => walk.go(isScenario(places.picker.value) ? places.picker.value : null))
    i18n.bind(() => this.draw())
  }

  draw(): void {
    const { i18n, walk, list } = this
    const { card, picker } = this.places
    const id = walk.current
    picker.value = id ?? ''
    card.hidden = id === null
    card.dataset['scenario'] = id ?? ''
    if (id === null) return
    const held = document.activeElement instanceof HTMLElement && card.contains(document.activeElement)
      ? document.activeElement.dataset['testid'] : undefined
    card.replaceChildren(
      h('div', { class: 'scenario-head' },
        h('span', { class: 'scenario-count' }, i18n.t('scenario.label', { n: walk.number, all: list.length })),
        this.#button('scenario-previous', 'scenario.previous', paths.left, () => walk.step(-1)),
        this.#button('scenario-next', 'scenario.next', paths.right, () => walk.step(1)),
        this.#button('scenario-close', 'scenario.close', paths.close, () => walk.go(null))),
      h('h2', {}, i18n.t(`scenario.${id}.title`)),
      h('p', {}, i18n.t(`scenario.${id}.text`)),
      h('p', { class: 'scenario-tap' }, i18n.t(`scenario.${id}.tap`)),
      h('div', { class: 'scenario-foot' },
        h('span', { class: walk.armed ? 'chip wait' : 'chip good' }, i18n.t(walk.armed ? 'scenario.armed' : 'scenario.ready')),
        h('button', { type: 'button', class: 'ghost', 'data-testid': 'scenario-again', onclick: () => walk.go(id) }, i18n.t('scenario.again'))))
    if (held) card.querySelector<HTMLElement>(`[data-testid="${held}"]`)?.focus()
  }

  #button(testid: string, label: TextKey, path: string, act: () => void): HTMLElement {
    return h('button', { type: 'button', class: 'ghost', 'data-testid': testid, 'aria-label': this.i18n.t(label), onclick: act }, icon(path))
  }
}
