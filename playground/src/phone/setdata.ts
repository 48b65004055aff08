/**
 * Makes data fit for the way it takes in WeChat, where it crosses to another
 * thread as JSON: functions and undefined are lost, a cycle breaks it. Tells
 * each loss, since here nothing would be lost by itself.
 */
export function fitForView(data: unknown, warn: (what: string) => void): Record<string, unknown> {
  if (typeof data !== 'object' || data === null) {
    warn('setData wants an object')
    return {}
  }
  const fitting: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(data)) {
    if (value === undefined) {
      warn(`setData: ${key} is undefined, which WeChat does not take; use null`)
      continue
    }
    fitting[key] = fit(value, key, [], warn)
  }
  return fitting
}

function fit(value: unknown, at: string, above: unknown[], warn: (what: string) => void): unknown {
  if (typeof value === 'function' || typeof value === 'symbol' || typeof value === 'bigint') {
    warn(`setData: ${at} is a ${typeof value}, which does not reach the page in WeChat`)
    return typeof value === 'bigint' ? String(value) : undefined
  }
  if (typeof value !== 'object' || value === null) return value
  if (above.includes(value)) {
    warn(`setData: ${at} is a cycle, which does not reach the page in WeChat`)
    return null
  }
  const path = [...above, value]
  if (Array.isArray(value)) return value.map((item, i) => fit(item, `${at}[${i}]`, path, warn))
  const prototype = Object.getPrototypeOf(value) as object | null
  // A Date, a Map, an ArrayBuffer: the engine knows what to do with it.
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, item === undefined ? item : fit(item, `${at}.${key}`, path, warn)]))
}
