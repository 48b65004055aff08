import { Cancel } from './cancel.js'
import { asHufuError, HufuError } from './errors.js'
import type { Task } from './types.js'

/** Makes what `work` does a task; nothing is thrown at the caller, everything rejects. */
export function taskOf<T>(end: Cancel | null, work: (cancel: Cancel) => Promise<T>): Task<T> {
  const cancel = new Cancel()
  const off = end ? end.onAbort(() => cancel.abort()) : (): void => undefined
  const promise = new Promise<T>((resolve, reject) => {
    const begun = cancel.aborted ? Promise.reject(new HufuError('aborted')) : Promise.resolve().then(() => work(cancel))
    cancel.race(begun).then(
      (value) => { off(); resolve(value) },
      (thrown) => { off(); reject(asHufuError(thrown, 'invalid_option')) },
    )
  })
  return Object.assign(promise, { abort: () => cancel.abort() })
}
