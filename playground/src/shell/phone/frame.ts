import type { Host, Phone, Theme } from '../../host'
import { h, icon } from '../dom'
import { paths } from '../icons'
import type { I18n } from '../lang/i18n'

export interface FrameOptions {
  i18n: I18n
  /** The screen's place in the static page. */
  places: { screen: HTMLElement; bar: HTMLElement; home: HTMLElement }
  /** A host for the phone that is about to start. */
  host(): Host
  appName(): string
  onBackground(background: boolean): void
}

/** The phone's body: starts the program in a frame of its own, kills it, sends it to the background. */
export class PhoneFrame {
  #phone: Phone | null = null
  #frame: HTMLIFrameElement | null = null
  #homeScreen: HTMLElement | null = null
  /** Grows with each start, so that a frame that loads late knows it is not wanted. */
  #start = 0

  constructor(private readonly options: FrameOptions) {
    const { i18n, places } = options
    i18n.attribute(places.home, 'aria-label', 'phone.home')
    places.home.addEventListener('click', () => (this.#homeScreen ? this.foreground() : this.background()))
    this.#clock()
  }

  /** Kills what runs and starts anew, with a page and globals of its own. */
  start(): void {
    this.kill()
    const mine = this.#start
    const frame = h('iframe', { class: 'phone-page', src: '/playground/phone.html' })
    frame.title = this.options.i18n.t('phone.frame')
    frame.addEventListener('load', () => {
      if (mine === this.#start) this.#run(frame)
    })
    this.#frame = frame
    this.options.places.screen.append(frame)
  }

  /** Ends what runs; the screen waits for the next start. */
  kill(): void {
    this.#start++
    this.#destroy()
    this.options.places.screen.replaceChildren(this.#message('phone.loading'))
  }

  background(): void {
    if (this.#homeScreen || !this.#phone) return
    this.#phone.background()
    this.#homeScreen = this.#drawHome()
    this.options.places.screen.append(this.#homeScreen)
    this.#frame!.inert = true
    this.options.onBackground(true)
  }

  foreground(): void {
    if (!this.#homeScreen) return
    this.#homeScreen.remove()
    this.#homeScreen = null
    this.#frame!.inert = false
    this.#phone?.foreground()
    this.options.onBackground(false)
  }

  setNetwork(network: Host['network']): void {
    this.#phone?.setNetwork(network)
  }

  setTheme(theme: Theme): void {
    this.#phone?.setTheme(theme)
    this.#tint()
  }

  /** What stands on the screen where no program runs: why. */
  stop(why: string): void {
    this.kill()
    this.options.places.screen.replaceChildren(h('div', { class: 'phone-message', role: 'alert' }, why))
  }

  #run(frame: HTMLIFrameElement): void {
    const page = frame.contentWindow
    if (!page?.startPhone) return this.stop(this.options.i18n.t('phone.failed'))
    try {
      this.#phone = page.startPhone(this.options.host())
    } catch (error) {
      console.error(error)
      return this.stop(`${this.options.i18n.t('phone.failed')} ${error instanceof Error ? error.message : ''}`)
    }
    this.options.places.screen.querySelector('.phone-message')?.remove()
    frame.classList.add('running')
    this.#tint()
  }

  #destroy(): void {
    try {
      this.#phone?.destroy()
    } catch (error) {
      // The frame goes anyway, and with it whatever could not end well.
      console.warn(error)
    }
    this.#phone = null
    this.#frame?.remove()
    this.#frame = null
    this.#homeScreen = null
  }

  #drawHome(): HTMLElement {
    const { i18n, appName } = this.options
    const name = appName()
    const open = h('button', { type: 'button', class: 'home-app', 'data-testid': 'phone-back', onclick: () => this.foreground() },
      h('span', { class: 'home-icon' }, icon(paths.hufu)), h('span', {}, name))
    open.setAttribute('aria-label', i18n.t('phone.back', { app: name }))
    return h('div', { class: 'home-screen' }, open, h('p', {}, h('strong', {}, i18n.t('phone.home.title')), h('br'), i18n.t('phone.home.text')))
  }

  #message(key: 'phone.loading'): HTMLElement {
    return h('div', { class: 'phone-message' }, h('span', { class: 'spinner', 'aria-hidden': 'true' }), this.options.i18n.t(key))
  }

  /** The glass above and below takes the colour of the page's edges, as a phone's does. */
  #tint(): void {
    const page = this.#frame?.contentDocument
    requestAnimationFrame(() => {
      const { bar, home } = this.options.places
      const top = page && colourAt(page, 4)
      if (top) {
        bar.style.backgroundColor = top
        bar.dataset['ink'] = isDark(top) ? 'light' : 'dark'
      }
      const bottom = page && colourAt(page, (page.defaultView?.innerHeight ?? 0) - 4)
      if (bottom) home.style.backgroundColor = bottom
    })
  }

  #clock(): void {
    const time = this.options.places.bar.querySelector('[data-time]')
    const tell = (): void => {
      if (time) time.textContent = new Date().toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' })
      setTimeout(tell, 60_000 - (Date.now() % 60_000))
    }
    tell()
  }
}

/** The background at the left edge, in px from the top; null where nothing opaque is. */
function colourAt(page: Document, y: number): string | null {
  for (let at = page.elementFromPoint?.(2, y) ?? null; at; at = at.parentElement) {
    const colour = page.defaultView!.getComputedStyle(at).backgroundColor
    if (!/^rgba\(.*, 0\)$|^transparent$/.test(colour)) return colour
  }
  return null
}

function isDark(colour: string): boolean {
  const [r = 255, g = 255, b = 255] = (colour.match(/[\d.]+/g) ?? []).map(Number)
  return 0.299 * r + 0.587 * g + 0.114 * b < 140
}
