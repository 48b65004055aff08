import type { AskOptions } from './phone/ask'
import type { Exchange, Json } from './wire/exchange'

/**
 * Makes exchanges of what the phone asks of WeChat itself: the server sees
 * nothing of it, and without these arrows nobody would see where a code is from.
 */
export class ClientCalls {
  #count = 0

  constructor(
    private readonly take: (exchange: Exchange) => void,
    private readonly now: () => number = Date.now,
  ) {}

  readonly draw: AskOptions['draw'] = (name, to, body) => {
    const at = this.now()
    const open: Exchange = {
      id: `wx${++this.#count}`, parent: null, call: null, from: 'phone', to, state: 'open', at, took_ms: null,
      request: { method: '', path: name, query: [], headers: [], body: body as Json, size: 0 },
      response: null, error: null, fault: null,
    }
    this.take(open)
    return {
      done: (answer) => {
        const error = 'error' in answer ? answer.error : null
        const response = 'error' in answer ? null : { status: answer.status, headers: [], body: answer.body as Json, size: 0 }
        const fault = 'error' in answer && answer.offline ? 'offline' : null
        this.take({ ...open, state: 'done', took_ms: this.now() - at, response, error, fault })
      },
    }
  }
}
