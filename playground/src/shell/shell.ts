import { Banner, type ReloadEvent } from './banner'
import { Controls } from './controls'
import { Details } from './details'
import { Diagram } from './diagram/model'
import { Participants } from './diagram/participants'
import { DiagramView } from './diagram/view'
import { h } from './dom'
import { head } from './head'
import { chooseLang, I18n, type Params, type TextKey } from './lang/i18n'
import { Layout } from './layout'
import { fillPanels } from './panels/all'
import { PhoneFrame } from './phone/frame'
import { createHost, type HostOptions } from './phone/host'
import { browserKeeper, phoneStorage } from './phone/storage'
import { ScenarioCard } from './scenario_card'
import { isScenario, scenarios, simulatedOnly } from './scenarios'
import { Seen } from './seen'
import { firstWorld, Store, type World } from './state'
import { chooseTheme, ThemeSwitch } from './theme'
import { Tour } from './tour'
import { Walk } from './walk'
import { Api, ApiError } from './wire/api'
import type { Boot } from './wire/boot'
import { Calls, type AnswerEvent } from './wire/calls'
import type { Exchange } from './wire/exchange'
import { EventStream, type Connection } from './wire/stream'
import type { ServerEvent } from './wire/event_text'

export interface ShellOptions {
  boot: Boot
  query: URLSearchParams
  byId(id: string): HTMLElement
  reload(): void
}

const kept = { lang: 'hufu-shell/lang', theme: 'hufu-shell/theme', person: 'hufu-shell/person', appid: 'hufu-shell/appid' } as const

/** Puts the page together and starts it. The only place that knows every part. */
export function startShell({ boot, query, byId, reload }: ShellOptions): void {
  const keeper = browserKeeper()
  const i18n = new I18n(chooseLang(query.get('lang'), keeper.getItem(kept.lang), navigator.languages ?? []))
  const theme = new ThemeSwitch(chooseTheme(query.get('theme'), keeper.getItem(kept.theme)))
  const world = new Store<World>(firstWorld(among(boot.people, keeper.getItem(kept.person)), among(boot.apps.map((a) => a.appid), keeper.getItem(kept.appid))))
  const api = new Api(boot.token)
  const seen = new Seen(keeper)
  const diagram = new Diagram()
  const layout = new Layout(i18n)

  const stream = new EventStream({ token: boot.token, onEvent: take, onConnection: connected })
  const calls = new Calls(api, () => stream.live())
  const note = (text: TextKey, params: Params = {}): void => {
    diagram.note(text, params, Date.now())
    view.changed()
  }
  const controls = new Controls({ api, world, seen, simulated: boot.simulated, note })
  const appName = (): string => boot.apps.find((a) => a.appid === world.get().appid)?.name || world.get().appid

  const participants = new Participants(i18n, { heads: byId('heads'), lines: byId('lines'), legend: byId('legend') })
  const details = new Details(i18n, byId('details'), (id) => view?.select(id))
  const view = new DiagramView(diagram, i18n, {
    list: byId('diagram'), scroller: byId('scroller'), jump: byId('jump') as HTMLButtonElement, empty: byId('empty'), said: byId('said'),
  }, {
    onOpen: (row, button) => row.kind !== 'note' && details.show(row.exchange, button),
    onLanes: (lanes) => participants.draw(lanes),
  })
  byId('clear').addEventListener('click', () => {
    diagram.clear()
    details.close()
    view.draw()
  })

  const storage = (): ReturnType<typeof phoneStorage> => phoneStorage(keeper, world.get().person, world.get().appid)
  const frame = new PhoneFrame({
    i18n, appName,
    places: { screen: byId('screen'), bar: byId('statusbar'), home: byId('home'), restart: byId('restart') },
    host: () => createHost({
      boot, api, calls, world, draw, lang: i18n.lang, theme: theme.theme, storage: storage(),
      owner: { person: world.get().person, appid: world.get().appid },
    }),
    onBackground: (background) => note(background ? 'note.background' : 'note.foreground'),
  })
  byId('restart').addEventListener('click', () => {
    frame.start()
    note('note.restart')
  })

  const failed = byId('failed')
  const run = (change: () => Promise<void> | void): void => {
    failed.textContent = ''
    Promise.resolve().then(change).catch((error: unknown) => {
      if (!(error instanceof ApiError)) console.error(error)
      failed.textContent = i18n.t('controls.failed', { error: error instanceof Error ? error.message : String(error) })
    })
  }
  fillPanels(byId('panels'), { boot, i18n, world, controls, seen, run })

  const list = scenarios(() => world.get().person).filter((s) => boot.simulated || !simulatedOnly.has(s.id))
  const walk = new Walk({
    controls, list, run,
    loggedIn: () => seen.of(world.get()).session !== null,
    freshPhone: () => {
      storage().clear()
      seen.forgetSession(world.get())
      frame.start()
    },
    onChange: () => card?.draw(),
  })
  const card = new ScenarioCard(i18n, { card: byId('scenario'), picker: byId('scenarios') as HTMLSelectElement }, list, walk)

  const banner = new Banner(i18n, byId('banner'), { retry: () => stream.retryNow(), reload })
  const tour = new Tour(i18n, keeper, [
    { element: byId('phone-column'), view: 'phone' }, { element: byId('diagram-column'), view: 'diagram' },
    { element: byId('controls-column'), view: 'controls' },
  ], (to) => layout.show(to))

  head({
    boot, i18n, theme,
    onLang: (lang) => {
      keeper.setItem(kept.lang, lang)
      frame.start()
    },
    onTheme: (choice) => keeper.setItem(kept.theme, choice),
  })
  theme.watch((now) => frame.setTheme(now))

  function take(event: ServerEvent): void {
    const data: unknown = JSON.parse(event.data)
    if (event.type === 'exchange') takeExchange(data as Exchange)
    else if (event.type === 'answer') calls.answered(data as AnswerEvent)
    else if (event.type === 'state') world.patch(data as Pick<World, 'network' | 'clock'>)
    else if (event.type === 'reload') takeReload(data as ReloadEvent)
  }

  function takeExchange(exchange: Exchange): void {
    diagram.take(exchange)
    details.update(exchange)
    view.changed()
    layout.news()
    const owner = calls.ownerOf(exchange.call)
    if (exchange.state === 'done' && owner) seen.take(exchange, owner)
    // A fault that strikes a few times only has struck once more.
    if (exchange.state === 'done' && exchange.fault === 'wechat') controls.learnFaults().catch(() => null)
  }

  function takeReload(event: ReloadEvent): void {
    banner.build(event)
    if (!event.error) frame.start()
  }

  function connected(connection: Connection): void {
    world.patch({ connection })
    banner.connection(connection)
    if (connection === 'stale') calls.failAll('net::ERR_CONNECTION_REFUSED')
    if (connection === 'live') controls.learn().catch(() => null)
  }

  let drawn = 0
  function draw(...[name, to, body]: Parameters<HostOptions['draw']>): ReturnType<HostOptions['draw']> {
    const at = Date.now()
    const open: Exchange = {
      id: `wx${++drawn}`, parent: null, call: null, from: 'phone', to, state: 'open', at, took_ms: null,
      request: { method: '', path: name, query: [], headers: [], body: body as Exchange['request']['body'], size: 0 },
      response: null, error: null, fault: null,
    }
    takeExchange(open)
    return {
      done(answer) {
        const response = 'error' in answer ? null : { status: answer.status, headers: [], body: answer.body as never, size: 0 }
        takeExchange({ ...open, state: 'done', took_ms: Date.now() - at, response, error: 'error' in answer ? answer.error : null })
        if (name === 'wx.login' && response) world.patch({ key: 'valid' })
      },
    }
  }

  world.watch((now, before) => {
    if (now.person !== before.person || now.appid !== before.appid) {
      keeper.setItem(kept.person, now.person)
      keeper.setItem(kept.appid, now.appid)
      details.close()
      note('note.person', { person: now.person, app: appName() })
      frame.start()
    }
    if (now.network.mode !== before.network.mode) {
      const online = now.network.mode !== 'offline'
      frame.setNetwork({ isConnected: online, networkType: online ? 'wifi' : 'none' })
    }
    byId('statusbar').dataset['network'] = now.network.mode === 'offline' ? 'none' : 'wifi'
    byId('live').dataset['connection'] = now.connection
  })
  seen.watch((owner, login) => {
    const { person, appid } = world.get()
    if (owner.person !== person || owner.appid !== appid) return
    world.patch({ tokenExpired: false, ...(seen.of(owner).session ? { sessionEnded: false } : {}) })
    if (login) walk.loggedIn()
  })

  if (!boot.simulated) {
    byId('honest').after(h('p', { class: 'honest real' }, ''))
    i18n.text(byId('honest').nextElementSibling!, 'phone.real')
    i18n.bind(() => (byId('empty').querySelector('p')!.textContent = i18n.t('diagram.empty.real')))
  }
  i18n.set(i18n.lang)
  stream.start()
  const wanted = query.get('scenario')
  if (isScenario(wanted) && list.some((s) => s.id === wanted)) {
    // A preset that empties the phone starts it as well.
    if (!list.find((s) => s.id === wanted)!.fresh) frame.start()
    walk.go(wanted)
  } else frame.start()
  tour.begin(query.get('tour'))
}

function among(list: readonly string[], wish: string | null): string {
  return wish !== null && list.includes(wish) ? wish : (list[0] ?? '')
}
