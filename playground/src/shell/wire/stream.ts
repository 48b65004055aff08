import { EventText, type ServerEvent } from './event_text'

/** "stale": the server was started anew, and this page's token is of the old one. */
export type Connection = 'connecting' | 'live' | 'lost' | 'stale'

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
  #waiting: (() => void)[] = []

  constructor(private readonly options: StreamOptions) {}

  /** Resolves when events flow: what is asked for before may be answered unheard. Never while the token is stale. */
  live(): Promise<void> {
    if (this.#connection === 'live') return Promise.resolve()
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  start(): void {
    this.#callOff = null
    void this.#read().catch(() => null).then(() => this.#again())
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

  async #read(): Promise<void> {
    this.#abort = new AbortController()
    const headers: Record<string, string> = { Accept: 'text/event-stream', 'X-Playground-Token': this.options.token }
    if (this.#last) headers['Last-Event-ID'] = this.#last
    const get = this.options.fetch ?? fetch
    const response = await get('/playground/v1/events', { headers, signal: this.#abort.signal, cache: 'no-store' })
    if (response.status === 401 || response.status === 403) {
      this.#stopped = true
      this.#tell('stale')
      return
    }
    if (!response.ok || !response.body) throw new Error(`events: ${response.status}`)
    this.#pause = firstPause
    this.#tell('live')
    await this.#follow(response.body.getReader())
  }

  async #follow(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder()
    const text = new EventText()
    for (;;) {
      const watchdog = setTimeout(() => this.#abort?.abort(), silence)
      const { done, value } = await reader.read().finally(() => clearTimeout(watchdog))
      if (done) return
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
    if (connection === 'live') this.#waiting.splice(0).forEach((go) => go())
    this.options.onConnection(connection)
  }
}
