/** What the language itself has: the only things besides WeChat's own that a program finds on globalThis. */
const NAMES = [
  'Object', 'Function', 'Array', 'String', 'Number', 'Boolean', 'Symbol', 'BigInt', 'Date', 'RegExp', 'Math', 'JSON', 'Promise', 'Map', 'Set', 'WeakMap',
  'WeakSet', 'WeakRef', 'Proxy', 'Reflect', 'Intl', 'ArrayBuffer', 'SharedArrayBuffer', 'DataView', 'Int8Array', 'Uint8Array', 'Uint8ClampedArray',
  'Int16Array', 'Uint16Array', 'Int32Array', 'Uint32Array', 'Float32Array', 'Float64Array', 'Error', 'TypeError', 'RangeError', 'SyntaxError',
  'ReferenceError', 'EvalError', 'URIError', 'AggregateError', 'parseInt', 'parseFloat', 'isNaN', 'isFinite', 'NaN', 'Infinity', 'undefined',
  'encodeURIComponent', 'decodeURIComponent', 'encodeURI', 'decodeURI', 'escape', 'unescape',
] as const

/** A globalThis for a program, with what is given to it. */
export function globalObject(given: Record<string, unknown>): Record<string, unknown> {
  const all = window as unknown as Record<string, unknown>
  const own: Record<string, unknown> = Object.fromEntries(NAMES.filter((name) => name in all).map((name) => [name, all[name]]))
  Object.assign(own, given)
  own.globalThis = own
  own.global = own
  return own
}
