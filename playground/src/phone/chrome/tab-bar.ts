import { make } from '../dom'
import type { TabBarConfig } from '../program'
import type { Words } from '../words'

/** The bar at the bottom, of programs that have one. */
export class TabBar {
  readonly element: HTMLElement
  private hiddenByProgram = false

  constructor(words: Words) {
    this.element = make('nav', { class: 'phone-tabs', 'aria-label': words.tabs, hidden: '' })
  }

  /** Shows the bar with the tab of `route` chosen; hides it where the page is none of its. */
  show(config: TabBarConfig | undefined, route: string, picture: (path: string) => string, choose: (index: number) => void): void {
    const at = config?.list.findIndex((tab) => tab.pagePath === route) ?? -1
    this.element.hidden = at < 0 || this.hiddenByProgram
    if (!config || at < 0) return
    this.element.style.backgroundColor = config.backgroundColor ?? ''
    this.element.replaceChildren(...config.list.map((tab, index) => {
      const chosen = index === at
      const source = chosen ? tab.selectedIconPath ?? tab.iconPath : tab.iconPath
      const button = make('button', { type: 'button', class: 'phone-tab' }, ...(source ? [make('img', { src: picture(`/${source.replace(/^\//, '')}`), alt: '' })] : []), tab.text)
      if (chosen) button.setAttribute('aria-current', 'page')
      button.style.color = (chosen ? config.selectedColor : config.color) ?? ''
      button.addEventListener('click', () => choose(index))
      return button
    }))
  }

  hide(hidden: boolean): void {
    this.hiddenByProgram = hidden
    this.element.hidden = hidden || this.element.childElementCount === 0
  }
}
