import { make } from '../dom'
import type { Life } from '../life'
import type { Words } from '../words'

export interface ToastOptions {
  title?: string
  icon?: string
  duration?: number
  mask?: boolean
}

/** The one place of toasts and of "loading": each takes the other's. */
export class Toast {
  private readonly card = make('div', { class: 'phone-toast', role: 'status', 'aria-live': 'polite' })
  readonly element = make('div', { class: 'phone-toast-place', 'data-empty': '' }, this.card)
  private stop = (): void => {}

  constructor(
    private readonly life: Life,
    private readonly words: Words,
  ) {}

  show({ title = '', icon = 'success', duration = 1500, mask = false }: ToastOptions): void {
    this.draw(title, icon, mask)
    this.stop = this.life.after(duration, () => this.hide())
  }

  showLoading({ title, mask = false }: ToastOptions): void {
    this.draw(title || this.words.loading, 'loading', mask)
  }

  hide(): void {
    this.stop()
    this.element.setAttribute('data-empty', '')
    this.card.replaceChildren()
  }

  private draw(title: string, icon: string, mask: boolean): void {
    this.stop()
    this.card.replaceChildren(...(icon === 'none' ? [] : [make('span', { class: 'phone-toast-icon', 'data-icon': icon, 'aria-hidden': 'true' })]), make('span', {}, title))
    this.element.removeAttribute('data-empty')
    this.element.toggleAttribute('data-mask', mask)
  }
}
