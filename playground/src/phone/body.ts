/** Where and what a wx.request sends. */
export interface Outgoing {
  url: string
  data: string | Uint8Array | null
}

/** Turns `data` into what WeChat sends: a query for GET and HEAD, a form where the header says so, else JSON. */
export function outgoing(url: string, method: string, contentType: string, data: unknown): Outgoing {
  if (data === undefined || data === null) return { url, data: null }
  if (isBytes(data)) return { url, data: bytesOf(data) }
  if (typeof data !== 'object') return { url, data: method === 'GET' ? null : String(data) }
  const pairs = Object.entries(data).filter(([, value]) => value !== undefined).map(([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(plain(value))}`)
  if (method === 'GET' || method === 'HEAD') return { url: pairs.length ? withQuery(url, pairs.join('&')) : url, data: null }
  if (/^application\/x-www-form-urlencoded\b/i.test(contentType)) return { url, data: pairs.join('&') }
  return { url, data: JSON.stringify(data) }
}

/** Also for an ArrayBuffer of another window. */
export function isBytes(value: unknown): value is ArrayBuffer | ArrayBufferView {
  return ArrayBuffer.isView(value) || Object.prototype.toString.call(value) === '[object ArrayBuffer]'
}

export function bytesOf(value: ArrayBuffer | ArrayBufferView): Uint8Array {
  return ArrayBuffer.isView(value) ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength) : new Uint8Array(value)
}

/** What `success` gets as data. */
export function incoming(data: string | Uint8Array, dataType: unknown, responseType: unknown): unknown {
  if (responseType === 'arraybuffer') {
    const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data
    return new Uint8Array(bytes).buffer
  }
  const text = typeof data === 'string' ? data : new TextDecoder().decode(data)
  if (dataType !== undefined && dataType !== 'json') return text
  try {
    return JSON.parse(text)
  } catch {
    // Not JSON, whatever was promised: WeChat gives the text.
    return text
  }
}

function plain(value: unknown): string {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value)
}

function withQuery(url: string, query: string): string {
  const [path = '', hash] = url.split('#', 2) as [string, string?]
  const joined = `${path}${path.includes('?') ? (/[?&]$/.test(path) ? '' : '&') : '?'}${query}`
  return hash === undefined ? joined : `${joined}#${hash}`
}
