import type { Host, Phone, PhoneOptions, StartPhone } from '../host'
import { ProgramApp } from './app'
import { Screen } from './chrome/screen'
import { describe, programConsole } from './console'
import { Privacy } from './consent/privacy'
import { control } from './control'
import { make } from './dom'
import { bootEngine } from './engine'
import { Files } from './files'
import { Gesture } from './gesture'
import { Life } from './life'
import { Modules } from './modules'
import { AppEvents, type Context, type EnterOptions } from './phone'
import type { Program, ProgramCode } from './program'
import { Router } from './router'
import { globalObject } from './standard'
import { themeOf } from './theme'
import { programTimers } from './timers'
import { parsePageUrl } from './url'
import { makeWx } from './wx'
import { failure } from './wx/answer'

/** Starts the program that program.js has set, in this window. Throws if there is none. */
export const startPhone: StartPhone = (host: Host, options: PhoneOptions = {}): Phone => {
  const program = globalThis.hufuProgram
  if (!program) throw new Error('no program was loaded')
  const { context, app, setRouter } = surroundings(host, program)
  const modules = new Modules(program)
  const { url, search, entered } = entrance(program, options)
  const { wx, calls } = makeWx(context, entered, () => router)
  const given: Record<string, unknown> = {
    wx, App: app.register, ...modules.globals,
    getApp: () => app.instance,
    getCurrentPages: () => router.pages.map((page) => page.instance),
    console: programConsole(host, context.life),
    ...programTimers(context.life, context.fault),
    getRegExp: (pattern: string, flags?: string) => new RegExp(pattern, flags),
    getDate: (...args: []) => new Date(...args),
  }
  given.globalThis = given.global = globalObject(given)
  const { code, fault } = codeOf(program, given)
  const engine = bootEngine(context, code)
  modules.begin(engine.codeSpace, code)
  const router = new Router(context, engine, modules)
  setRouter(router)
  try {
    if (fault) throw fault.error
    if (code.modules.app) modules.load('app')
    app.launch(entered.launch)
    router.open(url, search)
  } catch (error) {
    context.fault(error)
    context.screen.pages.append(make('p', { class: 'phone-failed', role: 'alert' }, `${context.screen.words.failed}: ${describe(error).split('\n')[0]}`))
  }
  return control(context, app, router, calls, entered)
}

/** The program's code; inline WXS runs as it is made, and may throw. */
function codeOf(program: Program, given: Record<string, unknown>): { code: ProgramCode; fault?: { error: unknown } } {
  try {
    return { code: program.code(given) }
  } catch (error) {
    return { code: { templates: {}, modules: {} }, fault: { error } }
  }
}

function surroundings(host: Host, program: Program) {
  const life = new Life()
  const events = new AppEvents((level, message) => host.log(level, message))
  let router: Router | undefined
  const screen = new Screen(host, life)
  const context: Context = {
    host, life, program, events, screen,
    files: new Files(program),
    gesture: new Gesture(life),
    privacy: new Privacy(host, life, screen, (error) => context.fault(error)),
    theme: themeOf(program.app, host.theme),
    fault(error) {
      if (life.over) return
      const text = describe(error)
      host.log('error', text)
      app.call('onError', text)
      events.error.tell(text)
    },
    navigate: async (api, options) => {
      try {
        return { ...router?.go(api, options), errMsg: `${api}:ok` }
      } catch (error) {
        throw failure(api, error)
      }
    },
  }
  const app = new ProgramApp(context)
  context.screen.setTheme(context.theme)
  life.listen(window, 'unhandledrejection', ({ reason, promise }: PromiseRejectionEvent) => {
    host.log('error', `a rejected promise was not handled: ${describe(reason)}`)
    app.call('onUnhandledRejection', { reason, promise })
    events.rejection.tell({ reason, promise })
  })
  return { context, app, setRouter: (made: Router) => (router = made) }
}

/** The page to open, and what the program is told of it. An address that names no page opens the first. */
function entrance({ app }: Program, { path }: PhoneOptions) {
  const first = `/${app.entryPagePath ?? app.pages[0]}`
  const wanted = path && app.pages.includes(parsePageUrl(`/${path.replace(/^\//, '')}`, '').path) ? `/${path.replace(/^\//, '')}` : first
  const url = parsePageUrl(wanted, '')
  const launch: EnterOptions = { path: url.path, query: url.query, scene: 1001, referrerInfo: {} }
  return { url, search: wanted.split('?')[1] ?? '', entered: { launch, last: launch } }
}
