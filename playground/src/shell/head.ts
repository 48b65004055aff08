import { byId, icon } from './dom'
import { paths } from './icons'
import type { I18n, Lang } from './lang/i18n'
import { themeChoices, type ThemeChoice, type ThemeSwitch } from './theme'
import type { Boot } from './wire/boot'

export interface HeadOptions {
  boot: Boot
  i18n: I18n
  theme: ThemeSwitch
  onLang(lang: Lang): void
  onTheme(choice: ThemeChoice): void
}

/** The page's head: whether WeChat is real, the language, the theme. */
export function head({ boot, i18n, theme, onLang, onTheme }: HeadOptions): void {
  const badge = byId('simulated')
  i18n.text(badge, boot.simulated ? 'page.simulated' : 'page.real')
  badge.classList.toggle('real', !boot.simulated)
  if (boot.simulated) i18n.attribute(badge, 'title', 'page.simulated.why')
  byId('version').textContent = boot.version

  const lang = byId('lang')
  i18n.text(lang, 'page.language')
  i18n.attribute(lang, 'lang', 'page.language.lang')
  lang.addEventListener('click', () => {
    i18n.set(i18n.lang === 'en' ? 'zh' : 'en')
    onLang(i18n.lang)
  })

  const button = byId('theme')
  i18n.bind(show)
  button.addEventListener('click', () => {
    const next = themeChoices[(themeChoices.indexOf(theme.choice) + 1) % themeChoices.length]!
    theme.set(next)
    onTheme(next)
    show()
  })
  function show(): void {
    button.setAttribute('aria-label', i18n.t(`theme.${theme.choice}`))
    button.title = i18n.t(`theme.${theme.choice}`)
    button.dataset['choice'] = theme.choice
    button.replaceChildren(icon(paths[theme.choice]))
  }
}
