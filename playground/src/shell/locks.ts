import { h, icon } from './dom'
import { paths } from './icons'
import type { I18n } from './lang/i18n'
import { lockKind, type Locked, type LockKind } from './wire/exchange'

const cardId = 'lock-card'

/** What stands on a closed lock: the secret's name and what may be shown of it. */
export function lockName(i18n: I18n, locked: Locked): string {
  const name = i18n.t(`lock.${lockKind(locked)}.name`)
  return locked.shown ? `${name} ${locked.shown}…` : name
}

/**
 * The locks of one panel and the card that explains the one in hand: shown on
 * focus and click, gone with Escape or when the focus leaves.
 */
export class Locks {
  #open: HTMLElement | null = null

  constructor(
    private readonly i18n: I18n,
    /** Where the card goes: a part of the page that is read. */
    private readonly home: HTMLElement,
  ) {}

  /** A chip in the place of a secret. */
  chip(locked: Locked): HTMLElement {
    const kind = lockKind(locked)
    const name = lockName(this.i18n, locked)
    const chip = h('button', {
      class: 'lock', type: 'button', 'data-testid': 'lock', 'data-kind': kind, 'aria-expanded': 'false',
      'aria-label': this.i18n.t('lock.label', { name }),
      onfocus: () => this.show(chip, kind),
      onblur: () => this.hide(),
      // A click comes after the focus; Safari gives buttons no focus by it.
      onclick: () => this.show(chip, kind),
      onkeydown: (event: KeyboardEvent) => {
        if (event.key !== 'Escape' || !this.#open) return
        event.stopPropagation()
        this.hide()
      },
    }, icon(paths.lock), name)
    return chip
  }

  show(chip: HTMLElement, kind: LockKind): void {
    this.hide()
    this.#open = chip
    chip.setAttribute('aria-expanded', 'true')
    chip.setAttribute('aria-describedby', cardId)
    const card = this.#card(kind)
    this.home.append(card)
    place(card, chip)
  }

  hide(): void {
    document.getElementById(cardId)?.remove()
    this.#open?.setAttribute('aria-expanded', 'false')
    this.#open?.removeAttribute('aria-describedby')
    this.#open = null
  }

  #card(kind: LockKind): HTMLElement {
    const { i18n } = this
    const part = (name: 'what' | 'who' | 'why'): Node[] => [h('dt', {}, i18n.t(`lock.${name}`)), h('dd', {}, i18n.t(`lock.${kind}.${name}`))]
    return h('div', { id: cardId, class: 'lock-card', role: 'note', 'data-testid': 'lock-card' },
      h('strong', {}, icon(paths.lock), i18n.t(`lock.${kind}.name`)),
      h('dl', {}, ...part('what'), ...part('who'), ...part('why')))
  }
}

/** Puts the card by the chip, inside the window. */
function place(card: HTMLElement, chip: HTMLElement): void {
  const at = chip.getBoundingClientRect()
  const size = card.getBoundingClientRect()
  const left = Math.max(8, Math.min(at.left, innerWidth - size.width - 8))
  const below = at.bottom + 6
  const top = below + size.height > innerHeight ? Math.max(8, at.top - size.height - 6) : below
  card.style.left = `${left}px`
  card.style.top = `${top}px`
}
