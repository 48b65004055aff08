import { h, icon } from '../dom'
import { paths } from '../icons'
import type { I18n } from '../lang/i18n'
import type { Party } from '../wire/exchange'
import { lanes } from './model'

/** The heads of the lifelines, which tell what each one knows, and the lifelines. */
export class Participants {
  #shown = ''

  constructor(
    private readonly i18n: I18n,
    private readonly places: { heads: HTMLElement; lines: HTMLElement; legend: HTMLElement },
  ) {
    for (const party of lanes) {
      const term = h('dt', { class: `of-${party}` }, icon(paths[party]), i18n.text(h('span'), `party.${party}`))
      places.legend.append(h('div', {}, term, i18n.text(h('dd'), `party.${party}.more`)))
    }
  }

  /** Draws the lanes that are used; nothing changes where they are the same. */
  draw(used: readonly Party[]): void {
    if (this.#shown === used.join()) return
    this.#shown = used.join()
    const { heads, lines } = this.places
    heads.style.setProperty('--lanes', String(used.length))
    heads.replaceChildren(...used.map((party) => this.#head(party)))
    lines.replaceChildren(...used.map((party, i) =>
      h('i', { class: `lifeline of-${party}`, style: `--x:${((i + 0.5) / used.length) * 100}%` })))
  }

  #head(party: Party): HTMLElement {
    return h('div', { class: `head of-${party}`, 'data-testid': `party-${party}` },
      h('span', { class: 'head-name' }, icon(paths[party]), this.i18n.text(h('span'), `party.${party}`)),
      this.i18n.text(h('small'), `party.${party}.knows`))
  }
}
