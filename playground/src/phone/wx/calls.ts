import { HostFailure, type NetworkAnswer, type NetworkCall, type NetworkTask } from '../../host'
import type { Context } from '../phone'

/** WeChat's limit, and the default, in ms. */
export const LONGEST = 60_000

/** In ms: what is in flight this long after the program left the front is cut. */
const GRACE = 5000

/** All network calls of the program: they end with it, and in the background. */
export class NetworkCalls {
  private readonly flying = new Map<NetworkTask, (failure: HostFailure) => void>()
  private cut = false
  private stop = (): void => {}

  constructor(private readonly context: Context) {
    context.life.onEnd(() => {
      for (const task of [...this.flying.keys()]) task.abort()
      this.flying.clear()
    })
  }

  /** Sends a call. `answer` rejects with a HostFailure of ours or of the host's. */
  send(call: NetworkCall): NetworkTask {
    if (this.context.life.over) return { answer: new Promise(() => {}), abort: () => {} }
    if (this.cut) return { answer: Promise.reject(interrupted()), abort: () => {} }
    const task = this.context.host.send(call)
    let fail: (failure: HostFailure) => void = () => {}
    const failed = new Promise<never>((_, reject) => {
      fail = reject
    })
    this.flying.set(task, fail)
    const answer: Promise<NetworkAnswer> = Promise.race([task.answer, failed])
    const landed = (): void => void this.flying.delete(task)
    answer.then(landed, landed)
    return {
      answer,
      abort: () => {
        fail(new HostFailure('abort'))
        task.abort()
      },
    }
  }

  background(): void {
    this.stop()
    this.stop = this.context.life.after(GRACE, () => {
      this.cut = true
      for (const [task, fail] of [...this.flying]) {
        fail(interrupted())
        task.abort()
      }
    })
  }

  foreground(): void {
    this.stop()
    this.cut = false
  }
}

function interrupted(): HostFailure {
  return new HostFailure('interrupted', 600003)
}
