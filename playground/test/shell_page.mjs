import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { afterEach } from 'node:test'
import { JSDOM, VirtualConsole } from 'jsdom'
import { pageScript } from './bundle.mjs'

const index = await readFile(path.join(import.meta.dirname, '../src/static/index.html'), 'utf8')
const script = await pageScript('src/shell/main.ts')

export const boot = {
  token: 't0k', version: 'v0', base_url: 'http://127.0.0.1:8080', simulated: true, simulator_url: 'http://127.0.0.1:8081', own_program: false,
  domains: [], people: ['alice', 'bob', 'carol'],
  apps: [{ appid: 'wxdd00000000000001', name: 'One' }, { appid: 'wxdd00000000000002', name: 'Two' }],
}

const open = new Set()
// A page that stays open after a failed test keeps its timers, and the process.
afterEach(() => {
  open.forEach((window) => window.close())
  open.clear()
})

const answers = {
  'GET /sim/v1/users': { data: [] }, 'GET /sim/v1/faults': [], 'POST /sim/v1/wx/login': { code: '0Ab3SECRETREST' },
  'POST /sim/v1/wx/session-key': { valid: false },
}

/**
 * The shell's page in jsdom, over a server that the test plays: `sent` is what
 * the page asked, `emit` sends an event, `phones` are the phones it started.
 */
export async function openPage({ query = 'tour=0&lang=en', change = {}, stored = {}, failing = {}, hidden = false } = {}) {
  const errors = []
  const dom = new JSDOM(index.replace('__BOOT__', JSON.stringify({ ...boot, ...change })), {
    url: `http://127.0.0.1:8080/?${query}`, runScripts: 'outside-only', pretendToBeVisual: true,
    virtualConsole: new VirtualConsole().on('jsdomError', (e) => errors.push(e)).on('error', (e) => errors.push(e)),
  })
  const { window } = dom
  open.add(window)
  const look = visibility(window, hidden)
  const pass = timers(window)
  for (const [key, value] of Object.entries(stored)) window.localStorage.setItem(key, value)
  const server = new Server(failing)
  Object.assign(window, { TextDecoder, fetch: server.fetch })
  const phones = server.phones(window)
  window.eval(script)
  const page = {
    window, document: window.document, errors, phones, server, look, pass, sent: server.sent, emit: (type, data) => server.emit(type, data),
    find: (testid) => window.document.querySelector(`[data-testid="${testid}"]`),
    all: (testid) => [...window.document.querySelectorAll(`[data-testid="${testid}"]`)],
    /** Clicks a control and waits for what it asked of the server. */
    async click(testid) {
      page.find(testid).click()
      await server.idle()
    },
    /** What was asked since the last time, but for what every page asks. */
    news: () => server.sent.splice(0).filter((call) => call.path !== '/playground/v1/events' && call.method !== 'GET'),
  }
  if (!hidden) await server.connected(1)
  await server.idle()
  return page
}

/** Returns how to hide the page and to show it again. */
function visibility(window, hidden) {
  let state = hidden ? 'hidden' : 'visible'
  Object.defineProperty(window.document, 'visibilityState', { get: () => state })
  return (next) => {
    state = next
    window.document.dispatchEvent(new window.Event('visibilitychange'))
  }
}

/** Returns how to let all timers of this many ms strike, and how many those were. */
function timers(window) {
  const { setTimeout: set, clearTimeout: clear } = window
  const waiting = new Map()
  window.setTimeout = (run, ms) => {
    const id = set.call(window, () => {
      waiting.delete(id)
      run()
    }, ms)
    waiting.set(id, { run, ms })
    return id
  }
  window.clearTimeout = (id) => {
    waiting.delete(id)
    clear.call(window, id)
  }
  return (wanted) => {
    const due = [...waiting].filter(([, { ms }]) => ms === wanted)
    due.forEach(([id]) => window.clearTimeout(id))
    due.forEach(([, { run }]) => run())
    return due.length
  }
}

class Server {
  sent = []
  streams = []
  #events = 0
  #open = 0
  #waiting = []
  status = 200
  /** The streams that the page let go. */
  cut = new Set()

  constructor(failing) {
    this.failing = failing
  }

  fetch = async (path, init = {}) => {
    const call = { method: init.method ?? 'GET', path, token: init.headers?.['X-Playground-Token'] ?? null }
    if (init.body) call.body = JSON.parse(init.body)
    if (path === '/playground/v1/events') return this.#stream(call, init)
    this.#open++
    this.sent.push(call)
    await null
    this.#open--
    const failed = this.failing[`${call.method} ${path}`]
    if (failed) return new Response(JSON.stringify(failed.body), { status: failed.status })
    const answer = answers[`${call.method} ${path}`] ?? (path.startsWith('/sim/') ? {} : null)
    return new Response(answer === null ? null : JSON.stringify(answer))
  }

  emit(type, data) {
    this.streams.at(-1).enqueue(new TextEncoder().encode(`id: ${++this.#events}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`))
    return this.idle()
  }

  /** Waits for the nth stream. */
  async connected(n) {
    while (this.streams.length < n) await new Promise((resolve) => this.#waiting.push(resolve))
  }

  /** Waits until what was said has been heard and answered: a few turns of the loop with nothing under way. */
  async idle() {
    for (let quiet = 0; quiet < 5; quiet = this.#open > 0 ? 0 : quiet + 1) await new Promise((resolve) => setImmediate(resolve))
  }

  /** jsdom loads no frames: each one gets a phone that only remembers, when it is put into the page. */
  phones(window) {
    const phones = []
    const begin = (frame) => {
      const calls = []
      const note = (name) => (...args) => void calls.push(JSON.parse(JSON.stringify([name, ...args])))
      frame.contentWindow.startPhone = (host) => {
        const phone = { host, calls, frame, before: this.sent.map((call) => JSON.stringify(call.body)) }
        phones.push(phone)
        return { route: 'a', ...Object.fromEntries(['background', 'foreground', 'setNetwork', 'setTheme', 'destroy'].map((n) => [n, note(n)])) }
      }
      frame.dispatchEvent(new window.Event('load'))
    }
    new window.MutationObserver((records) => {
      for (const { addedNodes } of records) for (const node of addedNodes) if (node.nodeName === 'IFRAME') begin(node)
    }).observe(window.document, { childList: true, subtree: true })
    return phones
  }

  #stream(call, init) {
    this.sent.push(call)
    call.last = init.headers['Last-Event-ID'] ?? null
    if (this.status !== 200) return new Response('{}', { status: this.status })
    const body = new ReadableStream({ 
      start: (controller) => {
        this.streams.push(controller)
        init.signal.addEventListener('abort', () => {
          controller.error(init.signal.reason)
          this.cut.add(controller)
        })
      },
    })
    this.#waiting.splice(0).forEach((go) => go())
    return new Response(body)
  }
}
