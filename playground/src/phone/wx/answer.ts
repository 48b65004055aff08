import { isError } from '../console'
import type { Context } from '../phone'

/** The callbacks every asynchronous API takes. */
export interface Callbacks {
  success?: (result: never) => void
  fail?: (error: never) => void
  complete?: (result: never) => void
}

/** What an API fails with. */
export interface ApiError {
  errMsg: string
  errno?: number
}

/**
 * Answers a call as WeChat does: by the callbacks, or, where none is given, by
 * a promise. errMsg is "<api>:ok" or "<api>:fail <reason>". Nothing answers
 * once the program is over.
 */
export function answer(context: Context, api: string, options: unknown, work: () => unknown): Promise<unknown> | undefined {
  const { success, fail, complete } = (options ?? {}) as Callbacks
  const settled = settle(context, api, work)
  if (![success, fail, complete].some((callback) => typeof callback === 'function')) {
    return settled.then(({ ok, result }) => {
      if (ok) return result
      throw result
    })
  }
  void settled.then(({ ok, result }) => {
    call(context, ok ? success : fail, result)
    call(context, complete, result)
  })
  return undefined
}

/** Settles, once, with what callbacks are told; never, if the program ends before. */
export async function settle(context: Context, api: string, work: () => unknown): Promise<{ ok: boolean; result: object }> {
  if (context.life.over) return new Promise(() => {})
  let settled: { ok: boolean; result: object }
  try {
    const result = (await work()) as object | undefined
    settled = { ok: true, result: { ...result, errMsg: `${api}:ok` } }
  } catch (error) {
    settled = { ok: false, result: failure(api, error) }
  }
  if (context.life.over) return new Promise(() => {})
  return settled
}

/** The object an API fails with. A HostFailure of another window is one too. */
export function failure(api: string, error: unknown): ApiError {
  const { reason, errno } = error as { reason?: unknown; errno?: unknown }
  const why = typeof reason === 'string' ? reason : isError(error) ? error.message : String(error)
  return { errMsg: `${api}:fail ${why}`, ...(typeof errno === 'number' ? { errno } : {}) }
}

/** Calls a callback of the program; what it throws is the program's fault, and told as such. */
export function call(context: Context, callback: unknown, value: unknown): void {
  if (typeof callback !== 'function' || context.life.over) return
  try {
    ;(callback as (value: unknown) => void)(value)
  } catch (error) {
    context.fault(error)
  }
}
