import { h } from '../dom'
import type { I18n } from '../lang/i18n'
import type { Party } from '../wire/exchange'
import type { Bar, Diagram, Row } from './model'
import { paintArrow, paintBars, paintNote } from './row'

/** The parts of the page that the diagram fills. */
export interface DiagramPlaces {
  list: HTMLElement
  scroller: HTMLElement
  jump: HTMLElement
  empty: HTMLElement
  /** Read out when an answer came. */
  said: HTMLElement
}

interface Drawn {
  li: HTMLElement
  button: HTMLElement | null
  signature: string
}

/** How near to the end counts as being there, in px. */
const near = 48

/** Draws the model as a list: a button for each arrow, lines by style alone. */
export class DiagramView {
  readonly #drawn = new Map<string, Drawn>()
  #due = false
  #selected: string | null = null
  #focused: HTMLElement | null = null

  constructor(
    private readonly model: Diagram,
    private readonly i18n: I18n,
    private readonly places: DiagramPlaces,
    private readonly options: { onOpen(row: Row, button: HTMLElement): void; onLanes(lanes: readonly Party[]): void },
  ) {
    const { list, scroller, jump } = places
    list.addEventListener('keydown', (event) => this.#walk(event))
    list.addEventListener('focusin', (event) => this.#rove(event.target as HTMLElement))
    scroller.addEventListener('scroll', () => this.#offerJump(), { passive: true })
    jump.addEventListener('click', () => this.toNewest())
    i18n.bind(() => this.draw())
  }

  /** Draws soon, once for however many changes. */
  changed(): void {
    if (this.#due) return
    this.#due = true
    queueMicrotask(() => {
      this.#due = false
      this.draw()
    })
  }

  select(id: string | null): void {
    this.#selected = id
    this.draw()
  }

  toNewest(): void {
    const { scroller } = this.places
    scroller.scrollTop = scroller.scrollHeight
    this.places.jump.hidden = true
  }

  draw(): void {
    const follow = this.#atEnd()
    const lanes = this.model.lanes()
    this.options.onLanes(lanes)
    const bars = this.model.bars()
    const kept = new Set<string>()
    this.model.rows.forEach((row, index) => {
      kept.add(row.key)
      this.#place(this.#row(row, bars[index] ?? [], lanes), index)
    })
    for (const [key, { li }] of this.#drawn) {
      if (kept.has(key)) continue
      li.remove()
      this.#drawn.delete(key)
    }
    this.places.empty.hidden = this.model.size > 0
    this.places.list.hidden = this.model.rows.length === 0
    this.#keepTabStop()
    if (follow) this.toNewest()
    else this.#offerJump()
  }

  #row(row: Row, bars: readonly Bar[], lanes: readonly Party[]): HTMLElement {
    let drawn = this.#drawn.get(row.key)
    if (!drawn) {
      drawn = this.#make(row)
      this.#drawn.set(row.key, drawn)
    }
    const selected = row.kind !== 'note' && row.exchange.id === this.#selected
    const signature = [this.i18n.lang, lanes.join(), selected, row.kind === 'note' ? '' : row.exchange.state,
      ...bars.map((b) => `${b.lane}${b.depth}${b.part}${b.open}`)].join('|')
    if (drawn.signature === signature) return drawn.li
    drawn.signature = signature
    if (row.kind === 'note') paintNote(drawn.li, row, this.i18n)
    else if (drawn.button) {
      paintArrow(drawn.button, row, lanes, this.i18n)
      drawn.button.classList.toggle('selected', selected)
      drawn.li.replaceChildren(...paintBars(bars, lanes), drawn.button)
    }
    return drawn.li
  }

  #make(row: Row): Drawn {
    const li = h('li', { class: 'row' })
    if (row.kind === 'note') return { li, button: null, signature: '' }
    const button = h('button', {
      type: 'button', tabindex: '-1',
      onclick: () => {
        const now = this.model.rows.find((r) => r.key === row.key)
        if (now) this.options.onOpen(now, button)
      },
    })
    li.append(button)
    if (row.kind === 'answer') queueMicrotask(() => (this.places.said.textContent = button.textContent))
    return { li, button, signature: '' }
  }

  /** Rows seldom move, so the list is touched only where it differs. */
  #place(li: HTMLElement, index: number): void {
    const there = this.places.list.children[index] ?? null
    if (there !== li) this.places.list.insertBefore(li, there)
  }

  #atEnd(): boolean {
    const { scroller } = this.places
    return scroller.scrollTop + scroller.clientHeight >= scroller.scrollHeight - near
  }

  #offerJump(): void {
    this.places.jump.hidden = this.#atEnd()
  }

  #buttons(): HTMLElement[] {
    return [...this.places.list.querySelectorAll<HTMLElement>('button.arrow')]
  }

  /** One stop for the Tab key in the whole list; arrow keys walk inside. */
  #keepTabStop(): void {
    const buttons = this.#buttons()
    const stop = this.#focused && buttons.includes(this.#focused) ? this.#focused : buttons.at(-1)
    for (const button of buttons) button.tabIndex = button === stop ? 0 : -1
  }

  #rove(target: HTMLElement): void {
    if (!target.matches('button.arrow')) return
    this.#focused = target
    this.#keepTabStop()
  }

  #walk(event: KeyboardEvent): void {
    const buttons = this.#buttons()
    const at = buttons.indexOf(event.target as HTMLElement)
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: buttons.length - 1 }[event.key]
    if (at < 0 || next === undefined) return
    event.preventDefault()
    buttons[Math.max(0, Math.min(next, buttons.length - 1))]?.focus()
  }
}
