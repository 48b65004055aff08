import type { Answer } from './answer.js'
import { Cancel } from './cancel.js'
import type { Config } from './config.js'
import { Emitter } from './events.js'
import { Lifecycle } from './lifecycle.js'
import { Queue } from './queue.js'
import { Store } from './store.js'
import { send, type Wire } from './transport.js'

/** What the parts of one client share. */
export interface Context {
  config: Config
  store: Store
  queue: Queue
  lifecycle: Lifecycle
  events: Emitter
  /** Aborted when the client is destroyed. */
  end: Cancel
}

/** Makes the parts. */
export function makeContext(config: Config): Context {
  return {
    config,
    store: new Store(config.storage, config.storageKey, config.holder),
    queue: new Queue(config.maxInFlight),
    lifecycle: new Lifecycle(config.wx),
    events: new Emitter(),
    end: new Cancel(),
  }
}

/** The longest that one attempt at a login or refresh may take: it is tried again, so it need not be the longest of all. */
const longestAttempt = 20_000

/** Posts to hufu without a token, ahead of all calls that wait for the outcome. */
export function post(context: Context, url: string, data: object, header: Record<string, string>): Promise<Answer> {
  const { config, queue, end } = context
  const timeout = Math.min(config.timeout, longestAttempt)
  const wire: Wire = { url, method: 'POST', data, header: Object.assign({ 'Content-Type': 'application/json' }, header), timeout }
  return queue.run(() => send(config.wx, wire, end), end, true)
}
