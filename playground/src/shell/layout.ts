import { byId } from './dom'
import type { I18n, TextKey } from './lang/i18n'

export const views = ['phone', 'diagram', 'controls'] as const
export type View = (typeof views)[number]

/**
 * Which part is in front where there is no room for all: one of three on a
 * phone, diagram or controls on a tablet. Style decides where that matters.
 */
export class Layout {
  #news = 0

  constructor(i18n: I18n) {
    for (const view of views) {
      const tab = byId(`tab-${view}`)
      i18n.text(tab.querySelector('.tab-name')!, `tab.${view}`)
      tab.addEventListener('click', () => this.show(view))
    }
    i18n.attribute(byId('tabs'), 'aria-label', 'tabs.label')
    for (const element of document.querySelectorAll<HTMLElement>('[data-text]')) i18n.text(element, element.dataset['text'] as TextKey)
    for (const element of document.querySelectorAll<HTMLElement>('[data-label]')) {
      i18n.attribute(element, 'aria-label', element.dataset['label'] as TextKey)
    }
    this.show('phone')
  }

  show(view: View): void {
    document.body.dataset['view'] = view
    for (const other of views) byId(`tab-${other}`).setAttribute('aria-current', String(other === view))
    if (view === 'diagram') this.#count(0)
  }

  /** An arrow was drawn where it may not be seen. */
  news(): void {
    if (document.body.dataset['view'] !== 'diagram') this.#count(this.#news + 1)
  }

  #count(n: number): void {
    this.#news = n
    const badge = byId('tab-diagram').querySelector<HTMLElement>('.badge')!
    badge.textContent = n > 99 ? '99+' : String(n)
    badge.hidden = n === 0
  }
}
