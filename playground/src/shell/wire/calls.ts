import { HostFailure, type NetworkAnswer, type NetworkCall, type NetworkTask } from '../../host'
import type { Api } from './api'
import { fromBase64, toBase64 } from './base64'

/** The `answer` event of a call. */
export type AnswerEvent =
  | { id: string; ok: true; status_code: number; header: Record<string, string>; cookies?: string[]; data?: string; data_base64?: string }
  | { id: string; ok: false; errMsg: string; errno?: number }

/** Whose call it was. */
export interface Owner {
  person: string
  appid: string
}

interface Waiting {
  resolve(answer: NetworkAnswer): void
  reject(failure: HostFailure): void
}

/** How long after its own time-out a call may still be answered, in ms. */
const grace = 15_000
const remembered = 1024
/** How long the connection may be lost before calls under way fail, in ms: a short break is resumed, with their answers. */
export const lostFor = 5_000
/** What a phone says of a server that is not there. */
const refused = 'net::ERR_CONNECTION_REFUSED'
const refusedErrno = 600001

/** The phone's network calls: posted to the relay, answered by events. */
export class Calls {
  readonly #waiting = new Map<string, Waiting>()
  readonly #owners = new Map<string, Owner>()
  readonly #prefix = `c${Math.random().toString(36).slice(2, 8)}-`
  #count = 0
  #losing: ReturnType<typeof setTimeout> | undefined

  constructor(
    private readonly api: Api,
    /** Resolves when answers will be heard; rejects while the server is away. */
    private readonly ready: () => Promise<void>,
  ) {}

  send(owner: Owner, call: NetworkCall): NetworkTask {
    const id = `${this.#prefix}${++this.#count}`
    this.#own(id, owner)
    let timer: ReturnType<typeof setTimeout> | undefined
    const answer = new Promise<NetworkAnswer>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      timer = setTimeout(() => this.#fail(id, 'timeout', 5), call.timeout + grace)
    })
    void answer.then(() => clearTimeout(timer), () => clearTimeout(timer))
    void this.#post(id, owner.appid, call)
    return { answer, abort: () => this.#abort(id) }
  }

  /** Takes an `answer` event; one that is not of this page's calls is none of ours. */
  answered(event: AnswerEvent): void {
    const waiting = this.#waiting.get(event.id)
    if (!waiting) return
    this.#waiting.delete(event.id)
    if (!event.ok) {
      waiting.reject(new HostFailure(event.errMsg.replace(/^[^:]*:fail ?/, ''), event.errno))
      return
    }
    const data = event.data_base64 === undefined ? (event.data ?? '') : fromBase64(event.data_base64)
    waiting.resolve({ statusCode: event.status_code, header: event.header ?? {}, cookies: event.cookies ?? [], data })
  }

  /** Some call has no answer yet. */
  get pending(): boolean {
    return this.#waiting.size > 0
  }

  /** The connection broke: what is under way fails unless it is found again soon. */
  lost(): void {
    this.#losing ??= setTimeout(() => this.failAll(), lostFor)
  }

  /** The connection is back, and brings the answers that were missed. */
  found(): void {
    clearTimeout(this.#losing)
    this.#losing = undefined
  }

  /** The server is gone and with it whatever was under way. */
  failAll(): void {
    for (const id of [...this.#waiting.keys()]) this.#fail(id, refused, refusedErrno)
  }

  /** Whose call this was; null for another page's, or a very old one. */
  ownerOf(id: string | null): Owner | null {
    return (id && this.#owners.get(id)) || null
  }

  #own(id: string, owner: Owner): void {
    this.#owners.set(id, owner)
    const oldest = this.#owners.keys().next()
    if (this.#owners.size > remembered && !oldest.done) this.#owners.delete(oldest.value)
  }

  async #post(id: string, appid: string, call: NetworkCall): Promise<void> {
    try {
      await this.ready()
      if (!this.#waiting.has(id)) return
      await this.api.call('POST', '/playground/v1/calls', wire(id, appid, call))
    } catch {
      this.#fail(id, refused, refusedErrno)
    }
  }

  #abort(id: string): void {
    if (!this.#waiting.has(id)) return
    this.#fail(id, 'abort')
    // The phone has its answer; whether the relay still knows the call is no matter.
    this.api.call('DELETE', `/playground/v1/calls/${encodeURIComponent(id)}`).catch(() => null)
  }

  #fail(id: string, reason: string, errno?: number): void {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    waiting?.reject(new HostFailure(reason, errno))
  }
}

function wire(id: string, appid: string, call: NetworkCall): Record<string, unknown> {
  // typeof, not instanceof: bytes made inside the phone's frame are of another realm.
  const text = call.data === null || typeof call.data === 'string'
  return {
    id, kind: call.kind, appid, env: 'develop', url: call.url, method: call.method, header: call.header, timeout: call.timeout,
    data: text ? call.data : null,
    ...(text ? {} : { data_base64: toBase64(call.data as Uint8Array) }),
    ...(call.file
      ? { file: { name: call.file.name, filename: call.file.filename, type: call.file.type, base64: toBase64(call.file.bytes) } }
      : {}),
    ...(call.formData ? { form_data: call.formData } : {}),
  }
}
