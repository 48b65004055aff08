import type { Host, Theme } from '../../host'
import { make } from '../dom'
import type { Life } from '../life'
import { wordsIn, type Words } from '../words'
import { NavigationBar } from './navigation-bar'
import { Sheets } from './sheets'
import { TabBar } from './tab-bar'
import { Toast } from './toast'

/** What is drawn around the pages. */
export class Screen {
  readonly words: Words
  readonly pages = make('main', { class: 'phone-pages' })
  readonly bar: NavigationBar
  readonly tabs: TabBar
  readonly toast: Toast
  readonly sheets: Sheets

  constructor(host: Host, life: Life) {
    this.words = wordsIn(host.language)
    this.pages.ariaLabel = this.words.page // the shell around has a main of its own
    this.bar = new NavigationBar(this.words)
    this.tabs = new TabBar(this.words)
    this.toast = new Toast(life, this.words)
    const front = make('div', { class: 'phone-front' }, this.bar.element, this.pages, this.tabs.element)
    this.sheets = new Sheets(life, this.words, front)
    const root = make('div', { class: 'phone' }, front, this.toast.element, this.sheets.element)
    document.documentElement.lang = host.language === 'en' ? 'en' : 'zh-CN'
    document.body.append(root)
    life.onEnd(() => root.remove())
  }

  setTheme(theme: Theme): void {
    document.documentElement.dataset.theme = theme
  }
}
