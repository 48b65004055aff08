import { en, type TextKey } from './en'
import { zh } from './zh'

export type Lang = 'en' | 'zh'
export type { TextKey }
export type Params = Record<string, string | number>

const texts: Record<Lang, Record<TextKey, string>> = { en, zh }

/** The page's language, and what is to be said anew when it changes. */
export class I18n {
  #bound = new Set<() => void>()

  constructor(private current: Lang) {}

  get lang(): Lang {
    return this.current
  }

  set(lang: Lang): void {
    this.current = lang
    document.documentElement.lang = lang === 'zh' ? 'zh-CN' : 'en'
    document.title = this.t('page.title')
    this.#bound.forEach((say) => say())
  }

  t(key: TextKey, params: Params = {}): string {
    return texts[this.current][key].replace(/\{(\w+)\}/g, (hole, name: string) => String(params[name] ?? hole))
  }

  /** Runs now and at each change of language. For what lives as long as the page. */
  bind(say: () => void): void {
    this.#bound.add(say)
    say()
  }

  /** An element whose text follows the language. */
  text<E extends Element>(element: E, key: TextKey, params?: Params): E {
    this.bind(() => (element.textContent = this.t(key, params)))
    return element
  }

  /** An attribute that follows the language. */
  attribute<E extends Element>(element: E, name: string, key: TextKey, params?: Params): E {
    this.bind(() => element.setAttribute(name, this.t(key, params)))
    return element
  }
}

/** The language asked for by the address, kept from before, or the browser's. */
export function chooseLang(query: string | null, kept: string | null, browser: readonly string[]): Lang {
  for (const wish of [query, kept]) if (wish === 'zh' || wish === 'en') return wish
  return browser[0]?.toLowerCase().startsWith('zh') ? 'zh' : 'en'
}

/** The texts of one language, for tests. */
export function textsOf(lang: Lang): Record<TextKey, string> {
  return texts[lang]
}
