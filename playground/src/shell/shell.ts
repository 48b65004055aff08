import type { Host } from '../host'
import { Banner, type ReloadEvent } from './banner'
import { ClientCalls } from './client_calls'
import { Controls } from './controls'
import { Details } from './details'
import { Diagram } from './diagram/model'
import { Participants } from './diagram/participants'
import { DiagramView } from './diagram/view'
import { byId, h } from './dom'
import { head } from './head'
import { chooseLang, I18n, type Params, type TextKey } from './lang/i18n'
import { Layout } from './layout'
import { fillPanels } from './panels/all'
import { PhoneFrame } from './phone/frame'
import { createHost } from './phone/host'
import { browserKeeper, grantStorage, phoneStorage } from './phone/storage'
import { ScenarioCard } from './scenario_card'
import { isScenario, scenarios, simulatedOnly } from './scenarios'
import { Seen } from './seen'
import { Settings } from './settings'
import { firstWorld, Store, type World } from './state'
import { chooseTheme, ThemeSwitch } from './theme'
import { Tour } from './tour'
import { Walk } from './walk'
import { Api, ApiError } from './wire/api'
import type { Boot } from './wire/boot'
import { Attention, whenVisible } from './wire/attention'
import { Calls, type AnswerEvent, type Owner } from './wire/calls'
import type { ServerEvent } from './wire/event_text'
import type { Exchange } from './wire/exchange'
import { EventStream, type Connection } from './wire/stream'

/** The whole page: the only place that knows every part, and ties them together. */
export class Shell {
  readonly #keeper = browserKeeper()
  readonly #settings = new Settings(this.#keeper)
  readonly #seen = new Seen(this.#keeper)
  readonly #diagram = new Diagram()
  readonly #api: Api
  readonly #stream: EventStream
  readonly #calls: Calls
  readonly #attention: Attention
  readonly #world: Store<World>
  readonly #i18n: I18n
  readonly #theme: ThemeSwitch
  readonly #layout: Layout
  readonly #controls: Controls
  readonly #details: Details
  readonly #view: DiagramView
  readonly #frame: PhoneFrame
  readonly #banner: Banner
  readonly #walk: Walk
  readonly #card: ScenarioCard
  readonly #clientCalls = new ClientCalls((exchange) => this.#takeExchange(exchange))

  constructor(
    private readonly boot: Boot,
    private readonly query: URLSearchParams,
    private readonly reload: () => void,
  ) {
    const settings = this.#settings
    this.#i18n = new I18n(chooseLang(query.get('lang'), settings.get('lang'), navigator.languages ?? []))
    this.#theme = new ThemeSwitch(chooseTheme(query.get('theme'), settings.get('theme')))
    this.#world = new Store(firstWorld(settings.among('person', boot.people), settings.among('appid', boot.apps.map((a) => a.appid))))
    this.#api = new Api(boot.token)
    this.#stream = new EventStream({ token: boot.token, onEvent: (e) => this.#take(e), onConnection: (c) => this.#connected(c) })
    this.#calls = new Calls(this.#api, () => {
      this.#attention.called()
      return this.#stream.live()
    })
    this.#attention = new Attention({ document, stream: this.#stream, busy: () => this.#calls.pending })
    this.#controls = new Controls({
      api: this.#api, world: this.#world, seen: this.#seen, simulated: boot.simulated,
      forgetGrants: () => this.#grants().clear(), note: (text, params) => this.#note(text, params),
    })
    this.#layout = new Layout(this.#i18n)
    this.#details = new Details(this.#i18n, byId('details'), (id) => this.#view.select(id))
    this.#view = this.#makeView()
    this.#frame = this.#makeFrame()
    this.#banner = new Banner(this.#i18n, byId('banner'), { retry: () => this.#stream.retryNow(), reload: this.reload })
    this.#walk = this.#makeWalk()
    this.#card = new ScenarioCard(this.#i18n, { card: byId('scenario'), picker: byId('scenarios') as HTMLSelectElement }, this.#scenarios(), this.#walk)
    this.#wire()
  }

  /** Starts the events, the phone, and what the address asks for, when somebody looks. */
  start(): void {
    this.#i18n.set(this.#i18n.lang)
    whenVisible(document, () => this.#begin())
  }

  #begin(): void {
    this.#stream.start()
    const wanted = this.#scenarios().find(({ id }) => id === this.query.get('scenario'))
    // A scenario that begins with an empty phone starts it as well.
    if (!wanted?.fresh) this.#frame.start()
    if (wanted && isScenario(wanted.id)) this.#walk.go(wanted.id)
    new Tour(this.#i18n, this.#keeper, [
      { element: byId('phone-column'), view: 'phone' }, { element: byId('diagram-column'), view: 'diagram' },
      { element: byId('controls-column'), view: 'controls' },
    ], (view) => this.#layout.show(view)).begin(this.query.get('tour'))
  }

  get #owner(): Owner {
    const { person, appid } = this.#world.get()
    return { person, appid }
  }

  #appName(): string {
    const { appid } = this.#world.get()
    return this.boot.apps.find((app) => app.appid === appid)?.name || appid
  }

  #scenarios(): ReturnType<typeof scenarios> {
    return scenarios(() => this.#world.get().person).filter(({ id }) => this.boot.simulated || !simulatedOnly.has(id))
  }

  #makeView(): DiagramView {
    const participants = new Participants(this.#i18n, { heads: byId('heads'), lines: byId('lines'), legend: byId('legend') })
    return new DiagramView(this.#diagram, this.#i18n, {
      list: byId('diagram'), scroller: byId('scroller'), jump: byId('jump'), empty: byId('empty'), said: byId('said'),
    }, {
      onLanes: (lanes) => participants.draw(lanes),
      onOpen: (row, button) => {
        if (row.kind === 'note') return
        this.#details.show(row.exchange, button)
        button.scrollIntoView?.({ block: 'center' })
      },
    })
  }

  #makeFrame(): PhoneFrame {
    return new PhoneFrame({
      i18n: this.#i18n, appName: () => this.#appName(),
      places: { screen: byId('screen'), bar: byId('statusbar'), home: byId('home') },
      host: () => this.#makeHost(),
      onBackground: (background) => this.#note(background ? 'note.background' : 'note.foreground'),
    })
  }

  #makeHost(): Host {
    this.#banner.programStarts()
    return createHost({
      boot: this.boot, api: this.#api, calls: this.#calls, world: this.#world, owner: this.#owner, appName: this.#appName(),
      storage: this.#storage(), grants: this.#grants(),
      lang: this.#i18n.lang, theme: this.#theme.theme, draw: this.#clientCalls.draw,
      // The example shows its failures on its own page, and its error log is no news to who looks at a login.
      onError: (message) => this.boot.own_program && this.#banner.programFailed(message),
    })
  }

  #makeWalk(): Walk {
    return new Walk({
      controls: this.#controls, list: this.#scenarios(), run: (change) => this.#run(change), onChange: () => this.#card.draw(),
      loggedIn: () => this.#seen.of(this.#owner).session !== null,
      startPhone: () => this.#frame.start(),
      emptyPhone: () => {
        this.#frame.kill()
        this.#storage().clear()
        this.#grants().clear()
        this.#seen.forgetSession(this.#owner)
      },
    })
  }

  #storage(): ReturnType<typeof phoneStorage> {
    const { person, appid } = this.#owner
    return phoneStorage(this.#keeper, person, appid)
  }

  #grants(): ReturnType<typeof grantStorage> {
    const { person, appid } = this.#owner
    return grantStorage(this.#keeper, person, appid)
  }

  #wire(): void {
    const { boot } = this
    fillPanels(byId('panels'), {
      boot, i18n: this.#i18n, world: this.#world, controls: this.#controls, seen: this.#seen, run: (change) => this.#run(change),
    })
    head({
      boot, i18n: this.#i18n, theme: this.#theme,
      onLang: (lang) => {
        this.#settings.set('lang', lang)
        // A phone is told its language when a program starts, not before.
        this.#frame.start()
      },
      onTheme: (choice) => this.#settings.set('theme', choice),
    })
    this.#theme.watch((theme) => this.#frame.setTheme(theme))
    this.#world.watch((now, before) => this.#worldChanged(now, before))
    this.#seen.watch((owner, login) => this.#saw(owner, login))
    byId('clear').addEventListener('click', () => this.#clear())
    byId('restart').addEventListener('click', () => {
      this.#frame.start()
      this.#note('note.restart')
    })
    if (!boot.simulated) this.#sayReal()
  }

  #sayReal(): void {
    const says = this.#i18n.text(h('p', { class: 'honest real', 'data-testid': 'real' }), 'phone.real')
    byId('honest').after(says)
    this.#i18n.bind(() => (byId('empty').querySelector('p')!.textContent = this.#i18n.t('diagram.empty.real')))
  }

  #clear(): void {
    this.#diagram.clear()
    this.#details.close()
    this.#view.draw()
  }

  #note(text: TextKey, params: Params = {}): void {
    this.#diagram.note(text, params, Date.now())
    this.#view.changed()
  }

  #run(change: () => Promise<void> | void): void {
    const complaint = byId('complaint')
    complaint.textContent = ''
    Promise.resolve().then(change).catch((error: unknown) => {
      // Anything but a refusal by the server is a bug, and belongs on the console.
      if (!(error instanceof ApiError)) console.error(error)
      complaint.textContent = this.#i18n.t('controls.failed', { error: error instanceof Error ? error.message : String(error) })
    })
  }

  #take(event: ServerEvent): void {
    const data: unknown = JSON.parse(event.data)
    if (event.type === 'exchange') this.#takeExchange(data as Exchange)
    else if (event.type === 'answer') this.#calls.answered(data as AnswerEvent)
    else if (event.type === 'state') this.#world.patch(data as Pick<World, 'network' | 'clock'>)
    else if (event.type === 'reload') this.#takeReload(data as ReloadEvent)
  }

  #takeExchange(exchange: Exchange): void {
    if (!this.#isForeign(exchange)) {
      this.#diagram.take(exchange)
      this.#details.update(exchange)
      this.#view.changed()
      this.#layout.news()
    }
    if (exchange.state === 'open') return
    const owner = this.#calls.ownerOf(exchange.call)
    if (owner) this.#seen.take(exchange, owner)
    if (exchange.request.path === 'wx.login' && exchange.response) this.#world.patch({ key: 'valid' })
    // A fault that strikes a few times only has struck once more.
    if (exchange.fault === 'wechat') this.#controls.learnFaults().catch(() => null)
  }

  /** Of another page's phone: its wx.login is not seen here, and half a story confuses. */
  #isForeign({ id, call, parent }: Exchange): boolean {
    if (call === null || this.#calls.ownerOf(call)) return false
    return !this.#diagram.has(id) && !(parent !== null && this.#diagram.has(parent))
  }

  #takeReload(event: ReloadEvent): void {
    this.#banner.build(event)
    if (!event.error) this.#frame.start()
  }

  #connected(connection: Connection): void {
    this.#world.patch({ connection })
    this.#banner.connection(connection)
    if (connection === 'stale') this.#calls.failAll()
    if (connection === 'lost') this.#calls.lost()
    if (connection !== 'live') return
    this.#calls.found()
    // What cannot be learnt now is learnt when the connection is back.
    this.#controls.learn().catch(() => null)
  }

  #worldChanged(now: World, before: World): void {
    byId('statusbar').dataset['network'] = now.network.mode === 'offline' ? 'none' : 'wifi'
    byId('live').dataset['connection'] = now.connection
    if (now.network.mode !== before.network.mode) {
      const online = now.network.mode !== 'offline'
      this.#frame.setNetwork({ isConnected: online, networkType: online ? 'wifi' : 'none' })
    }
    if (now.person === before.person && now.appid === before.appid) return
    this.#settings.set('person', now.person)
    this.#settings.set('appid', now.appid)
    this.#details.close()
    this.#note('note.person', { person: now.person, app: this.#appName() })
    this.#frame.start()
  }

  #saw(owner: Owner, login: boolean): void {
    const mine = this.#owner
    if (owner.person !== mine.person || owner.appid !== mine.appid) return
    this.#world.patch({ tokenExpired: false, ...(this.#seen.of(owner).session ? { sessionEnded: false } : {}) })
    if (login) this.#walk.loggedIn()
  }
}
