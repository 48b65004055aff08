import { h } from './dom'
import type { Locks } from './locks'
import { isLocked, type Json } from './wire/exchange'

/** A body as it would be printed, with a lock in each secret's place. */
export function jsonView(value: Json, locks: Locks): HTMLElement {
  const out = h('pre', { class: 'json', tabindex: '0' })
  if (typeof value === 'string') out.append(value)
  else write(value, 0, out, locks)
  return out
}

function write(value: Json, depth: number, out: HTMLElement, locks: Locks): void {
  if (isLocked(value)) {
    out.append(locks.chip(value))
  } else if (Array.isArray(value)) {
    list('[', value.map((item) => (): void => write(item, depth + 1, out, locks)), ']', depth, out)
  } else if (typeof value === 'object' && value !== null) {
    const items = Object.entries(value).map(([key, item]) => (): void => {
      out.append(h('span', { class: 'json-key' }, JSON.stringify(key)), ': ')
      write(item, depth + 1, out, locks)
    })
    list('{', items, '}', depth, out)
  } else {
    out.append(h('span', { class: `json-${value === null ? 'null' : typeof value}` }, JSON.stringify(value)))
  }
}

function list(open: string, items: (() => void)[], close: string, depth: number, out: HTMLElement): void {
  out.append(open)
  items.forEach((item, index) => {
    out.append(`\n${'  '.repeat(depth + 1)}`)
    item()
    if (index < items.length - 1) out.append(',')
  })
  out.append(items.length > 0 ? `\n${'  '.repeat(depth)}${close}` : close)
}
