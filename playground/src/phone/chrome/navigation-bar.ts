import { make } from '../dom'
import type { WindowConfig } from '../program'
import type { Words } from '../words'

/** The bar with the title, the way back, and the capsule. */
export class NavigationBar {
  private readonly title = make('h1', { class: 'phone-title' })
  private readonly backButton: HTMLButtonElement
  private readonly wait = make('span', { class: 'phone-wait', hidden: '' })
  readonly element: HTMLElement
  /** What the way back does. */
  back: () => void = () => {}

  constructor(words: Words) {
    this.backButton = make('button', { class: 'phone-back', type: 'button', 'aria-label': words.back })
    this.backButton.addEventListener('click', () => this.back())
    // The capsule is WeChat's own and does nothing here.
    const capsule = make('div', { class: 'phone-capsule', 'aria-hidden': 'true' }, make('i'), make('i'))
    this.element = make('header', { class: 'phone-bar', 'aria-label': words.bar }, this.backButton, this.wait, this.title, capsule)
  }

  show(config: WindowConfig, canGoBack: boolean): void {
    this.setTitle(config.navigationBarTitleText ?? '')
    this.setColor(config.navigationBarTextStyle === 'white' ? '#ffffff' : '#000000', config.navigationBarBackgroundColor ?? '#ffffff')
    this.element.classList.toggle('phone-bar-custom', config.navigationStyle === 'custom')
    this.backButton.hidden = !canGoBack
  }

  setTitle(title: string): void {
    this.title.textContent = title
    document.title = title
  }

  setColor(front: string, back: string): void {
    this.element.style.color = front
    this.element.style.backgroundColor = back
    document.documentElement.style.setProperty('--phone-bar', back)
    document.documentElement.style.setProperty('--phone-bar-text', front)
  }

  setLoading(on: boolean): void {
    this.wait.hidden = !on
  }
}
