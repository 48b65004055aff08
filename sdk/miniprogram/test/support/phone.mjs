// A phone: `wx` as WeChat has it, a network that can be cut anywhere, storage
// that outlives the app, and an app that can be killed.
import { readFileSync } from 'node:fs'
import { FakeServer } from './server.mjs'
import { settle, VirtualTime } from './time.mjs'

const bundle = readFileSync(new URL('../../miniprogram_dist/index.js', import.meta.url), 'utf8')
/** The built file as a mini program loads it: what is not a parameter here it must not use. */
const evaluate = new Function('exports', 'wx', 'setTimeout', 'clearTimeout', 'Math', `${bundle}\n//# sourceURL=miniprogram_dist/index.js`)
const second = readFileSync(new URL('../../miniprogram_dist/user-data.js', import.meta.url), 'utf8')
const evaluateSecond = new Function('exports', 'require', 'wx', `${second}\n//# sourceURL=miniprogram_dist/user-data.js`)

export const baseURL = 'https://login.example.com'
const backgroundGrace = 5000
const placesOnTheWire = 10

export class Phone {
  time
  server
  user = 'usr_alice'
  envVersion = 'develop'
  /** What the phone's clock is off. */
  clock = 0
  /** Survives a kill. */
  disk = new Map()
  visible = true
  latency = 20
  storageLatency = 2
  /** Decides about each call: returns 'lose_request', 'lose_answer', 'never', { status, body }, or nothing. */
  fate = () => undefined
  wxLoginFate = () => undefined
  counts = { wxLogin: 0, checkSession: 0, calls: 0, maxInFlight: 0 }
  random = Math.random
  /** Whether what is broken off on its way to the server gets there. */
  arrivesAfterAll = () => true
  run = null

  constructor({ time = new VirtualTime(), server } = {}) {
    this.time = time
    this.server = server ?? new FakeServer(time)
  }

  /** Starts the app; what it held in memory before is gone. */
  start(options = {}) {
    const run = { dead: false, inFlight: new Set(), timers: new Set(), show: new Set(), hide: new Set() }
    this.run = run
    this.visible = true
    const wx = this.#wx(run)
    const timer = (callback, ms) => {
      const id = this.time.setTimeout(() => { run.timers.delete(id); callback() }, ms)
      run.timers.add(id)
      return id
    }
    const clear = (id) => { run.timers.delete(id); this.time.clearTimeout(id) }
    const math = Object.create(Math, { random: { value: () => this.random() } })
    const module = {}
    evaluate(module, wx, timer, clear, math)
    this.module = module
    this.wx = wx
    this.hufu = module.createHufu({ baseURL, now: () => this.time.now + this.clock, ...options })
    return this.hufu
  }

  /** The second entry over the client that was started; `wx` adds to what the phone has. */
  startUserData({ wx, ...options } = {}) {
    const module = {}
    Object.assign(this.wx, wx)
    evaluateSecond(module, (name) => { if (name !== './index.js') throw new Error(`there is no ${name}`); return this.module }, this.wx)
    this.userData = module.createUserData(this.hufu, options)
    return this.userData
  }

  /** Logged in, with the second entry. */
  async withUserData(options) {
    this.start()
    this.startUserData(options)
    await this.until(this.hufu.login())
    return this.userData
  }

  /** WeChat ends the app: no callback and no timer of it ever comes. */
  kill() {
    this.run.dead = true
    for (const call of [...this.run.inFlight]) call.fail('killed')
    this.run.timers.forEach((id) => this.time.clearTimeout(id))
    this.run.timers.clear()
    this.hufu = null
  }

  background() {
    if (!this.visible) return
    this.visible = false
    const run = this.run
    run.hide.forEach((listener) => listener())
    run.cut = this.time.setTimeout(() => {
      for (const call of [...run.inFlight]) call.fail('interrupted', 600003)
      run.closed = true
    }, backgroundGrace)
  }

  foreground() {
    if (this.visible) return
    this.visible = true
    const run = this.run
    this.time.clearTimeout(run.cut)
    run.closed = false
    run.show.forEach((listener) => listener())
  }

  until(promise, atMost) { return this.time.until(promise, atMost) }

  /** The error that the promise rejects with. */
  async failure(promise, atMost) {
    try {
      await this.until(promise, atMost)
    } catch (error) {
      if (error.name === 'HufuError') return error
      throw error
    }
    throw new Error('it did not fail')
  }

  async loggedIn(options) {
    const hufu = this.start(options)
    await this.until(hufu.login())
    return hufu
  }

  #wx(run) {
    const later = (ms, callback) => this.time.setTimeout(() => { if (!run.dead) callback() }, ms)
    const wx = {
      getAccountInfoSync: () => ({ miniProgram: { appId: this.server.appid, envVersion: this.envVersion } }),
      onAppShow: (listener) => run.show.add(listener), offAppShow: (listener) => run.show.delete(listener),
      onAppHide: (listener) => run.hide.add(listener), offAppHide: (listener) => run.hide.delete(listener),
      checkSession: ({ success }) => { this.counts.checkSession++; later(1, () => success({ errMsg: 'checkSession:ok' })) },
      login: ({ success, fail }) => {
        this.counts.wxLogin++
        const fate = this.wxLoginFate()
        later(fate?.latency ?? 10, () => {
          if (fate?.never) return
          if (fate?.fail) fail({ errMsg: `login:fail ${fate.fail}`, errno: fate.errno })
          else success({ code: fate?.code ?? this.server.issueCode(this.user), errMsg: 'login:ok' })
        })
      },
      getStorage: ({ key, success, fail }) => later(this.storageLatency, () => {
        if (this.disk.has(key)) success({ data: JSON.parse(this.disk.get(key)), errMsg: 'getStorage:ok' })
        else fail({ errMsg: 'getStorage:fail data not found' })
      }),
      setStorage: ({ key, data, success, fail }) => {
        const text = JSON.stringify(data)
        later(this.storageLatency, () => {
          if (this.diskFull) return fail({ errMsg: 'setStorage:fail exceed storage max size' })
          this.disk.set(key, text)
          success({ errMsg: 'setStorage:ok' })
        })
      },
      removeStorage: ({ key, success }) => later(this.storageLatency, () => { this.disk.delete(key); success({}) }),
      request: (options) => this.#send(run, 'request', options),
      uploadFile: (options) => this.#send(run, 'uploadFile', options),
    }
    return wx
  }

  #send(run, api, options) {
    const { url, success, fail, timeout = 60_000 } = options
    if (options.method === 'PATCH') throw new Error('wx.request has no PATCH')
    this.counts.calls++
    let ended = false
    const timers = []
    const at = (ms, callback) => timers.push(this.time.setTimeout(callback, ms))
    let leave = () => undefined
    const end = (callback) => {
      if (ended) return
      ended = true
      leave()
      run.inFlight.delete(call)
      timers.forEach((id) => this.time.clearTimeout(id))
      if (!run.dead) callback()
    }
    const call = { fail: (reason, errno) => end(() => fail({ errMsg: `${api}:fail ${reason}`, errno })) }
    run.inFlight.add(call)
    this.counts.maxInFlight = Math.max(this.counts.maxInFlight, run.inFlight.size)
    if (run.inFlight.size > placesOnTheWire) throw new Error('more than ten on the wire')
    if (run.closed) at(1, () => call.fail('interrupted', 600003))
    at(timeout, () => call.fail('timeout', 5))
    const fate = this.fate({ api, url, path: url.replace(baseURL, '').split('?')[0], method: options.method, header: options.header }) ?? 'go'
    const latency = fate.latency ?? this.latency
    const reply = (answer) => at(latency, () => {
      if (fate === 'lose_answer') call.fail('net::ERR_CONNECTION_RESET', 600001)
      else end(() => success(this.#answer(api, options, answer)))
    })
    if (fate === 'lose_request') at(latency, () => call.fail('net::ERR_CONNECTION_RESET', 600001))
    else if (fate.status) reply({ status: fate.status, header: {}, body: fate.body ?? '' })
    else if (fate !== 'never' && !run.closed) {
      // Broken off before it got there, it either got there or it did not; it
      // does not come days later, when the connection is long gone.
      let there = false
      const arrive = () => { there = true; return this.server.handle(wire(api, options)) }
      leave = () => { if (!there && this.arrivesAfterAll()) arrive() }
      at(latency, () => reply(arrive()))
    }
    return { abort: () => call.fail('abort') }
  }

  #answer(api, options, { status, header, body }) {
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    let data = text
    if (api === 'request' && (options.dataType ?? 'json') === 'json') try { data = JSON.parse(text) } catch {}
    if (options.responseType === 'arraybuffer') data = new TextEncoder().encode(text).buffer
    return { statusCode: status, header, data, cookies: [], errMsg: `${api}:ok` }
  }
}

/** What the server sees of a call. */
function wire(api, options) {
  const [, path, query] = /^https?:\/\/[^/]+([^?]*)(?:\?(.*))?$/.exec(options.url)
  const header = {}
  for (const [name, value] of Object.entries(options.header ?? {})) {
    if (header[name.toLowerCase()] !== undefined) throw new Error(`header ${name} twice`)
    header[name.toLowerCase()] = value
  }
  const body = api === 'uploadFile' ? options.formData : options.data === undefined ? undefined : JSON.parse(JSON.stringify(options.data))
  return { method: api === 'uploadFile' ? 'POST' : options.method, path, query, header, body, ...(api === 'uploadFile' ? { file: { path: options.filePath, name: options.name } } : {}) }
}

/** Promises that the test looks at later: none of them counts as unheard meanwhile. */
export function later(promises) {
  promises.forEach((promise) => promise.catch(() => undefined))
  return promises
}

export { settle }
