import type { Answer } from './answer.js'
import type { Call } from './call.js'
import type { Config } from './config.js'
import { invalid } from './errors.js'
import type { Wire } from './transport.js'
import type { Interceptor, Outgoing, RequestOptions, Response, UploadOptions } from './types.js'

/** Checks the options of `request()`. Throws `invalid_option`. */
export function outgoingRequest(config: Config, options: RequestOptions): Outgoing {
  const { url, data, header, method, timeout, auth } = options ?? {}
  return {
    kind: 'request', url: target(config, url), method: method ?? 'GET', data,
    header: Object.assign({}, header), timeout: timeout ?? config.timeout, auth: auth ?? true,
  }
}

/** Checks the options of `upload()`. Throws `invalid_option`. */
export function outgoingUpload(config: Config, options: UploadOptions): Outgoing {
  const { url, formData, header, timeout, auth, filePath } = options ?? {}
  if (typeof filePath !== 'string' || filePath === '') throw invalid('filePath', 'filePath is the path of a file')
  return {
    kind: 'upload', url: target(config, url), method: 'POST', data: formData,
    header: Object.assign({}, header), timeout: timeout ?? config.timeout, auth: auth ?? true,
  }
}

/** Makes the call that the interceptors left. */
export function callOf(out: Outgoing, options: RequestOptions & Partial<UploadOptions>): Call {
  const { url, method, header, timeout, data, auth } = out
  const wire: Wire = { url, method, header, timeout, data }
  if (out.kind === 'upload') wire.file = { path: options.filePath ?? '', name: options.name ?? 'file' }
  else Object.assign(wire, { dataType: options.dataType, responseType: options.responseType })
  const repeatable = method !== 'POST' && method !== 'CONNECT'
  return { wire, auth: auth ? 'login' : 'none', idempotent: options.idempotent ?? repeatable }
}

/**
 * Lets each hook change or replace the call. What it left out is as it was; the
 * token above all goes only where the app said.
 */
export async function beforeSending(config: Config, hooks: Interceptor[], out: Outgoing): Promise<Outgoing> {
  const asked = Object.assign({}, out)
  let call = out
  for (const hook of hooks) call = (await hook.request?.(call)) ?? call
  const { url, method, data, header, timeout, auth } = call
  return {
    kind: asked.kind, url: target(config, url ?? asked.url), method: method ?? asked.method, data,
    header: header ?? {}, timeout: timeout > 0 && isFinite(timeout) ? +timeout : config.timeout, auth: auth ?? asked.auth,
  }
}

/** Lets each hook change or replace the answer. */
export async function afterAnswer<T>(hooks: Interceptor[], answer: Answer, call: Outgoing): Promise<Response<T>> {
  const { data, status, header, requestId } = answer
  let response: Response = { data, status, header, requestId }
  for (const hook of hooks) response = (await hook.response?.(response, call)) ?? response
  return response as Response<T>
}

function target(config: Config, url: unknown): string {
  if (typeof url === 'string' && /^https?:\/\//i.test(url)) return url
  if (typeof url === 'string' && url.charAt(0) === '/') return config.baseURL + url
  throw invalid('url', 'url is a path like /v1/me, or an https:// address')
}
