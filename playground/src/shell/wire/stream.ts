import { EventText, type ServerEvent } from './event_text'

/**
 * "paused": let go on purpose, nothing is wrong. "stale": the server was started
 * anew, and this page's token is of the old one.
 */
export type Connection = 'connecting' | 'live' | 'paused' | 'lost' | 'stale'

export interface StreamOptions {
  token: string
  onEvent(event: ServerEvent): void
  onConnection(connection: Connection): void
  fetch?: typeof fetch
  /** Calls back after ms; returns how to call it off. */
  later?: (ms: number, run: () => void) => () => void
}

const firstPause = 500
const longestPause = 10_000
/** The server's heart beats every 15 s; a stream that is silent for longer than this is dead, though nobody closed it. */
const silence = 45_000

/**
 * The server's events, read by fetch because the token travels as a header.
 * A broken stream is taken up again where it broke, with growing pauses; a
 * refused token ends it for good.
 */
export class EventStream {
  /** The id of the newest event seen, sent as Last-Event-ID. */
  #last = ''
  #pause = firstPause
  #abort: AbortController | null = null
  #callOff: (() => void) | null = null
  #stopped = false
  #connection: Connection = 'connecting'
  #waiting: { resolve(): void; reject(error: Error): void }[] = []
  /** Grows with each start and pause: what an older reading ends with counts no more. */
  #turn = 0

  constructor(private readonly options: StreamOptions) {}

  /** Resolves when events flow: what is asked for before may be answered unheard. Rejects while the server is away. */
  live(): Promise<void> {
    if (this.#connection === 'live') return Promise.resolve()
    if (isAway(this.#connection)) return Promise.reject(away())
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }))
  }

  start(): void {
    this.#callOff = null
    const turn = ++this.#turn
    const current = (): boolean => turn === this.#turn
    void this.#read(current).catch(() => null).then(() => {
      if (current()) this.#again()
    })
  }

  /** Gives the connection back; resume takes the events up where they were left. */
  pause(): void {
    if (this.#stopped || this.#connection === 'paused') return
    this.#turn++
    this.#callOff?.()
    this.#callOff = null
    this.#tell('paused')
    this.#abort?.abort()
  }

  /** Ends a pause; nothing where there is none. */
  resume(): void {
    if (this.#stopped || this.#connection !== 'paused') return
    this.#pause = firstPause
    this.#tell('connecting')
    this.start()
  }

  stop(): void {
    this.#stopped = true
    this.#callOff?.()
    this.#abort?.abort()
  }

  /** Does not wait for the pause: the user asked, or the network is back. */
  retryNow(): void {
    if (!this.#callOff) return
    this.#callOff()
    this.start()
  }

  async #read(current: () => boolean): Promise<void> {
    const abort = new AbortController()
    this.#abort = abort
    const headers: Record<string, string> = { Accept: 'text/event-stream', 'X-Playground-Token': this.options.token }
    if (this.#last) headers['Last-Event-ID'] = this.#last
    const get = this.options.fetch ?? fetch
    const response = await get('/playground/v1/events', { headers, signal: abort.signal, cache: 'no-store' })
    if (!current()) return
    if (response.status === 401 || response.status === 403) {
      this.#stopped = true
      this.#tell('stale')
      return
    }
    if (!response.ok || !response.body) throw new Error(`events: ${response.status}`)
    this.#pause = firstPause
    this.#tell('live')
    await this.#follow(response.body.getReader(), abort, current)
  }

  async #follow(reader: ReadableStreamDefaultReader<Uint8Array>, abort: AbortController, current: () => boolean): Promise<void> {
    const decoder = new TextDecoder()
    const text = new EventText()
    for (;;) {
      const watchdog = setTimeout(() => abort.abort(), silence)
      const { done, value } = await reader.read().finally(() => clearTimeout(watchdog))
      if (done || !current()) return
      for (const event of text.push(decoder.decode(value, { stream: true }))) {
        if (event.id) this.#last = event.id
        this.options.onEvent(event)
      }
    }
  }

  #again(): void {
    if (this.#stopped) return
    this.#tell('lost')
    const later = this.options.later ?? ((ms, run) => {
      const timer = setTimeout(run, ms)
      return () => clearTimeout(timer)
    })
    this.#callOff = later(this.#pause, () => this.start())
    this.#pause = Math.min(this.#pause * 2, longestPause)
  }

  #tell(connection: Connection): void {
    this.#connection = connection
    if (connection === 'live') this.#waiting.splice(0).forEach(({ resolve }) => resolve())
    else if (isAway(connection)) this.#waiting.splice(0).forEach(({ reject }) => reject(away()))
    this.options.onConnection(connection)
  }
}

function isAway(connection: Connection): boolean {
  return connection === 'lost' || connection === 'stale'
}

function away(): Error {
  return new Error('the server is away')
}
