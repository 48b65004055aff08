import type { Host } from '../host'
import type { Life } from './life'

/** One line for a value, whatever it is. */
export function describe(value: unknown): string {
  if (typeof value === 'string') return value
  if (isError(value)) return value.stack?.includes(value.message) ? value.stack : `${value.name}: ${value.message}`
  if (typeof value === 'function') return `function ${value.name || '(anonymous)'}`
  try {
    return JSON.stringify(value) ?? String(value)
  } catch {
    return String(value)
  }
}

/** Also for an error of another window. */
export function isError(value: unknown): value is Error {
  return typeof value === 'object' && value !== null && 'message' in value && 'name' in value && typeof value.message === 'string'
}

/** The console a program gets: it writes to the browser's, and tells the host. */
export function programConsole(host: Host, life: Life): Record<string, unknown> {
  const levels = { log: 'info', info: 'info', debug: 'info', warn: 'warn', error: 'error' } as const
  const own: Record<string, unknown> = {}
  for (const [name, level] of Object.entries(levels) as Array<[keyof typeof levels, 'info' | 'warn' | 'error']>) {
    own[name] = (...args: unknown[]) => {
      if (life.over) return
      console[name](...args)
      host.log(level, args.map(describe).join(' '))
    }
  }
  for (const name of ['group', 'groupEnd', 'time', 'timeEnd', 'table', 'trace', 'dir', 'assert', 'count', 'clear'] as const) {
    own[name] = (...args: unknown[]) => void (life.over || (console[name] as (...a: unknown[]) => void)(...args))
  }
  return own
}
