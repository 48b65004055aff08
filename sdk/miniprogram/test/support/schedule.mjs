// A random life of a mini program, made of steps that can be left out one by
// one, and what must hold whatever happens in it.
import { later, Phone, settle } from './phone.mjs'
import { dice } from './time.mjs'

const calm = { request: 0, answer: 0, never: 0, error: 0, latency: 20 }

/** What may happen, with how often. */
const menu = [
  ['get', 30], ['post', 20], ['marked', 8], ['upload', 5], ['me', 4], ['check', 4], ['login', 6], ['abort', 12],
  ['weather', 8], ['calm', 6], ['busy', 3], ['expire', 8], ['revoke', 2], ['background', 4], ['foreground', 8],
  ['kill', 4], ['wait', 30], ['sleep', 3], ['jump', 1], ['logout', 1],
]

/** Makes the steps of a seed. */
export function stepsOf(seed, count) {
  const d = dice(seed)
  const deck = menu.flatMap(([kind, times]) => Array(times).fill(kind))
  return Array.from({ length: count }, (_, n) => {
    const step = { n, kind: d.pick(deck), pick: d.random() }
    if (step.kind === 'weather') Object.assign(step, { request: d.random() / 2, answer: d.random() / 2, never: d.random() / 10, error: d.random() / 3, latency: d.pick([5, 50, 500, 4000]) })
    if (step.kind === 'wait') step.ms = d.pick([1, 10, 30, 100, 1000, 8000])
    if (step.kind === 'sleep') step.ms = d.pick([60_000, 14.5 * 60_000, 20 * 60_000, 3_600_000])
    if (step.kind === 'jump') step.ms = (d.random() - 0.5) * 2 * 86_400_000
    return step
  })
}

/** Lives through the steps; gives what went wrong, or null. */
export async function live(seed, steps) {
  const life = new Life(seed)
  for (const step of steps) {
    await life[step.kind](step)
    await settle()
    if (life.wrong) return life.wrong
  }
  return life.end()
}

/** Leaves out what the failure does not need. */
export async function shrink(seed, steps) {
  let least = steps
  for (let size = Math.ceil(least.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < least.length;) {
      const fewer = least.slice(0, at).concat(least.slice(at + size))
      if (await live(seed, fewer)) least = fewer
      else at += size
    }
  }
  return least
}

class Life {
  wrong = null
  phone = new Phone()
  weatherNow = calm
  tasks = []
  lastSession = null

  constructor(seed) {
    const { phone } = this
    const { server } = phone
    phone.random = dice(seed + 1).random
    phone.arrivesAfterAll = () => dice(seed * 31 + phone.counts.calls).chance(0.5)
    phone.fate = () => this.#fate(dice(seed * 7919 + phone.counts.calls))
    server.onNewSession = () => {
      const held = phone.hufu ? phone.hufu.session?.sessionId : null
      if (held && server.alive(held)) this.#fault(`logged in anew while ${held} was alive`)
    }
    this.#start()
  }

  get(step) { this.#call(step, 'get', this.phone.hufu.request({ url: `/get/${step.n}` })) }
  me(step) { this.#call(step, 'me', this.phone.hufu.me()) }
  check(step) { this.#call(step, 'check', this.phone.hufu.checkSession()) }
  login(step) { this.#call(step, 'login', this.phone.hufu.login()) }
  logout(step) { this.#call(step, 'logout', this.phone.hufu.logout()) }

  post(step) {
    const mark = `post-${step.n}`
    this.#call(step, mark, this.phone.hufu.request({ url: '/orders', method: 'POST', header: { 'x-mark': mark }, timeout: 20_000 }))
  }

  upload(step) {
    const mark = `upload-${step.n}`
    this.#call(step, mark, this.phone.hufu.upload({ url: '/files', filePath: 'wxfile://f', header: { 'x-mark': mark } }))
  }

  marked(step) {
    this.#call(step, 'marked', this.phone.hufu.request({ url: '/notes', method: 'POST', idempotent: true, header: { 'x-mark': `free-${step.n}` } }))
  }

  abort({ pick }) {
    const open = this.tasks.filter((t) => !t.outcome && !t.dead && t.promise.abort)
    const chosen = open[Math.floor(pick * open.length)]
    if (!chosen) return
    chosen.aborted = true
    chosen.promise.abort()
  }

  weather(step) { this.weatherNow = step }
  calm() { this.weatherNow = calm }
  busy({ pick }) {
    this.phone.server.refuse('/v1/login', ...Array(1 + Math.floor(pick * 3)).fill({ status: 503, code: 'wechat_unavailable' }))
  }

  expire() { this.phone.server.expireTokens() }
  revoke() { this.phone.server.revokeAll() }
  background() { this.phone.background() }
  foreground() { this.phone.foreground() }
  wait({ ms }) { return this.phone.time.advance(ms) }
  sleep({ ms }) { return this.phone.time.advance(ms) }
  jump({ ms }) { this.phone.clock += ms }

  kill() {
    this.phone.kill()
    for (const task of this.tasks) if (!task.outcome) task.dead = true
    this.#start()
  }

  /** The sky clears; everything must end, and the user be able to go on. */
  async end() {
    const { phone } = this
    this.calm()
    phone.server.refusals.clear()
    phone.foreground()
    await phone.time.advance(30 * 60_000)
    const open = this.tasks.filter((t) => !t.outcome && !t.dead)
    if (open.length) return `${open.length} calls never ended: ${open.map((t) => t.name)}`
    for (const task of this.tasks) this.#judge(task)
    if (phone.server.counts.reused) this.#fault('the server took a refresh for a theft')
    if (phone.counts.maxInFlight > 10) this.#fault(`${phone.counts.maxInFlight} calls on the wire at once`)
    try {
      await phone.until(phone.hufu.request({ url: '/last' }))
    } catch (error) {
      this.#fault(`after it all a call still fails: ${error.message}`)
    }
    return this.wrong
  }

  #start() {
    const hufu = this.phone.start()
    hufu.on('login', (session) => { this.lastSession = session.sessionId })
    hufu.on('expired', () => {
      if (this.phone.server.alive(this.lastSession)) this.#fault(`told that ${this.lastSession} has expired while it was alive`)
    })
    hufu.ready().then(() => { this.lastSession = hufu.session?.sessionId ?? this.lastSession })
  }

  #call(step, name, promise) {
    const task = { name, promise, n: step.n }
    later([promise])
    promise.then((value) => { task.outcome = { value } }, (error) => { task.outcome = { error } })
    this.tasks.push(task)
  }

  #judge({ name, outcome, aborted, dead }) {
    const done = this.phone.server.effects.get(name) ?? 0
    if (done > 1) this.#fault(`${name} was done ${done} times`)
    if (dead) return
    if (outcome.error && outcome.error.name !== 'HufuError') this.#fault(`${name} rejected with ${outcome.error.stack}`)
    if (outcome.error?.code === 'invalid_option') this.#fault(`${name}: ${outcome.error.message}`)
    if (aborted && outcome.error?.code !== 'aborted') this.#fault(`${name} was aborted and told ${outcome.error?.code ?? 'success'}`)
    if (!aborted && outcome.error?.code === 'aborted' && !outcome.error.detail) this.#fault(`${name} was told aborted, and was not`)
    if (outcome.value && /^(post|upload)-/.test(name) && done !== 1) this.#fault(`${name} was told success and done ${done} times`)
  }

  #fate(d) {
    const { request, answer, never, error, latency } = this.weatherNow
    const r = d.random()
    if (r < request) return 'lose_request'
    if (r < request + answer) return 'lose_answer'
    if (r < request + answer + never) return 'never'
    if (d.chance(error)) return { status: d.pick([500, 502, 503]), body: '' }
    return { latency: latency * (0.5 + d.random()) }
  }

  #fault(what) { this.wrong = this.wrong ?? what }
}
