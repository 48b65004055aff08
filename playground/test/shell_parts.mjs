import { importSource } from './bundle.mjs'

let loaded

/** The shell's parts, bundled once: each test file is a process of its own. */
export function parts() {
  loaded ??= importSource('test/shell_entry.ts')
  return loaded
}

/** An exchange as the server tells of it; `done` of it likewise. */
export function exchange(change = {}) {
  const { request, ...rest } = change
  return {
    id: 'x1', parent: null, call: null, from: 'phone', to: 'hufu', state: 'open', at: 1000, took_ms: null, response: null, error: null, fault: null,
    ...rest,
    request: { method: 'POST', path: '/v1/login', query: [], headers: [], body: null, size: 0, ...request },
  }
}

export function done(open, change = {}) {
  const { response, ...rest } = change
  return {
    ...open, state: 'done', took_ms: 10,
    response: response === null ? null : { status: 200, headers: [], body: null, size: 0, ...response },
    ...rest,
  }
}
