import type { Theme } from '../host'

export const themeChoices = ['auto', 'light', 'dark'] as const
export type ThemeChoice = (typeof themeChoices)[number]

/** Light, dark or as the system says; tells what that comes to. */
export class ThemeSwitch {
  readonly #dark: MediaQueryList | null = globalThis.matchMedia?.('(prefers-color-scheme: dark)') ?? null
  #watchers: ((theme: Theme) => void)[] = []

  constructor(private chosen: ThemeChoice) {
    this.#dark?.addEventListener('change', () => this.#apply())
    this.#apply()
  }

  get choice(): ThemeChoice {
    return this.chosen
  }

  /** What the choice comes to now. */
  get theme(): Theme {
    if (this.chosen !== 'auto') return this.chosen
    return this.#dark?.matches ? 'dark' : 'light'
  }

  set(choice: ThemeChoice): void {
    this.chosen = choice
    this.#apply()
  }

  watch(tell: (theme: Theme) => void): void {
    this.#watchers.push(tell)
  }

  #apply(): void {
    document.documentElement.dataset['theme'] = this.theme
    this.#watchers.forEach((tell) => tell(this.theme))
  }
}

export function chooseTheme(query: string | null, kept: string | null): ThemeChoice {
  for (const wish of [query, kept]) if ((themeChoices as readonly (string | null)[]).includes(wish)) return wish as ThemeChoice
  return 'auto'
}
