import { HostFailure, type NetworkTask } from '../../host'
import type { Context } from '../phone'
import { answer, call } from './answer'
import { incoming, outgoing } from '../body'
import { LONGEST, type NetworkCalls } from './calls'

const METHODS = ['OPTIONS', 'GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'TRACE', 'CONNECT']

interface RequestOptions {
  url?: unknown
  method?: unknown
  data?: unknown
  header?: Record<string, unknown>
  timeout?: unknown
  dataType?: unknown
  responseType?: unknown
}

/** wx.request: always a task, never a promise. */
export function request(context: Context, calls: NetworkCalls) {
  return (options: RequestOptions = {}): object => {
    let task: NetworkTask | null = null
    let aborted = false
    const heard: unknown[] = []
    const work = async (): Promise<object> => {
      // The task must be in the caller's hands before anything is sent or told.
      await undefined
      if (aborted) throw new HostFailure('abort')
      task = calls.send(callOf(context, options))
      const { statusCode, header, cookies, data } = await task.answer
      for (const listener of heard) call(context, listener, { header, statusCode, cookies })
      return { data: incoming(data, options.dataType, options.responseType), statusCode, header, cookies }
    }
    answer(context, 'request', { complete: () => {}, ...options }, work)
    return {
      abort() {
        aborted = true
        task?.abort()
      },
      onHeadersReceived: (listener: unknown) => void heard.push(listener),
      offHeadersReceived: (listener?: unknown) => void heard.splice(listener ? heard.indexOf(listener) : 0, listener ? 1 : heard.length),
      onChunkReceived() {},
      offChunkReceived() {},
    }
  }
}

function callOf({ program }: Context, options: RequestOptions): Parameters<NetworkCalls['send']>[0] {
  const method = String(options.method ?? 'GET').toUpperCase()
  if (!METHODS.includes(method)) throw new HostFailure('method is invalid')
  const header = headerOf(options.header)
  const type = Object.keys(header).find((name) => name.toLowerCase() === 'content-type')
  const contentType = type ? header[type]! : 'application/json'
  if (!type) header['content-type'] = contentType
  const { url, data } = outgoing(urlOf(options.url), method, contentType, options.data)
  return { kind: 'request', url, method, header, data, timeout: timeoutOf(options.timeout, program.app.networkTimeout?.request) }
}

/** Throws the HostFailure of WeChat for what is no address. */
export function urlOf(url: unknown): string {
  if (typeof url !== 'string' || !/^https?:\/\/[^/]/i.test(url)) throw new HostFailure(`invalid url "${typeof url === 'string' ? url : ''}"`, 600009)
  return url
}

/** Names as given, values as text. */
export function headerOf(header: Record<string, unknown> | undefined): Record<string, string> {
  return Object.fromEntries(Object.entries(header ?? {}).filter(([, value]) => value !== undefined && value !== null).map(([name, value]) => [name, String(value)]))
}

/** In ms: the call's own, else that of app.json, at most WeChat's limit. */
export function timeoutOf(own: unknown, configured: number | undefined): number {
  const wanted = typeof own === 'number' && own > 0 ? own : configured ?? LONGEST
  return Math.min(wanted, LONGEST)
}
