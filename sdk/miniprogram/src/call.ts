import { problemOf, type Answer } from './answer.js'
import type { Cancel } from './cancel.js'
import type { Context } from './context.js'
import { HufuError } from './errors.js'
import type { Keeper } from './keeper.js'
import { delay } from './timers.js'
import { send, type Wire } from './transport.js'

/** One call of the app, ready to be sent as often as it takes. */
export interface Call {
  wire: Wire
  /** `held`: with the session there is, without a login; that is how a logout is done. */
  auth: 'login' | 'held' | 'none'
  idempotent: boolean
}

/** How often a call is repeated because the app was in the background, or the wire full. */
const comebacks = 3
/** In ms, growing. */
const crowdedWait = 300

/**
 * Was it never sent? Older clients fail what exceeds the ten on the wire, and
 * the app may call wx.request beside this client.
 */
function wasTurnedAway(error: unknown): boolean {
  return error instanceof HufuError && error.errno === 600007
}

/** Sends calls: waits for a session and a place, recovers from a 401 once. */
export class Caller {
  constructor(
    private readonly context: Context,
    private readonly keeper: Keeper,
  ) {}

  /** Resolves with an answer of the 2xx; rejects with a HufuError. `epoch` is the keeper's when the app asked. */
  async run(call: Call, cancel: Cancel, epoch: number): Promise<Answer> {
    let recovered = false
    for (let back = 0; ;) {
      if (call.auth !== 'none') await cancel.race(this.session(call, epoch))
      const sent = new Sending(this.context, call, cancel)
      let answer: Answer | null
      try {
        answer = await sent.answer()
      } catch (error) {
        const crowded = wasTurnedAway(error)
        if (!(crowded || (call.idempotent && sent.wasCutOff(error))) || back++ === comebacks) throw error
        if (crowded) await delay(crowdedWait * back, cancel)
        await cancel.race(this.context.lifecycle.visible())
        continue
      }
      if (!answer) continue
      if (answer.status >= 200 && answer.status < 300) return answer
      // Marked before the wait: a call that was repeated is not repeated again,
      // or a server that refuses every token would be asked for ever.
      const problem = problemOf(answer)
      const again = answer.status === 401 && call.auth !== 'none' && !recovered
      recovered = true
      if (!again || !(await cancel.race(this.keeper.recover(sent.token, epoch, call.auth === 'login', problem.code)))) throw problem
    }
  }

  private async session(call: Call, epoch: number): Promise<void> {
    if (call.auth === 'held') return this.keeper.holding()
    await this.keeper.begun()
    if (epoch !== this.keeper.epoch) throw new HufuError('aborted', { detail: 'the user has logged out meanwhile' })
    await this.keeper.acquire()
  }
}

/** One time on the wire. */
class Sending {
  token = ''
  private hides = 0

  constructor(
    private readonly context: Context,
    private readonly call: Call,
    private readonly cancel: Cancel,
  ) {}

  /** Gives null if the session ended while the call waited for its place. */
  answer(): Promise<Answer | null> {
    const { config, queue, store, lifecycle } = this.context
    return queue.run<Answer | null>(() => {
      // Taken now: while the call waited, the token may have been replaced.
      this.token = store.held?.accessToken ?? ''
      this.hides = lifecycle.hides
      if (this.call.auth === 'none') return send(config.wx, this.call.wire, this.cancel)
      if (!this.token) return Promise.resolve(null)
      return send(config.wx, Object.assign({}, this.call.wire, { header: this.withToken() }), this.cancel)
    }, this.cancel)
  }

  /**
   * Did the background break the call off? iOS does not always say so: the
   * connection is simply gone when the app comes back.
   */
  wasCutOff(error: unknown): boolean {
    if (!(error instanceof HufuError)) return false
    if (error.code === 'interrupted') return true
    return (error.code === 'network' || error.code === 'timeout') && this.hides !== this.context.lifecycle.hides
  }

  private withToken(): Record<string, string> {
    const header: Record<string, string> = {}
    const given = this.call.wire.header
    Object.keys(given).forEach((name) => {
      if (name.toLowerCase() !== 'authorization') header[name] = given[name] as string
    })
    header.Authorization = `Bearer ${this.token}`
    return header
  }
}
