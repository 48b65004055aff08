import type { Exchange, Party } from '../wire/exchange'
import type { Params, TextKey } from '../lang/i18n'

/** The lifelines, from left to right. */
export const lanes: readonly Party[] = ['phone', 'hufu', 'wechat', 'backend']

/** A stretch of an activation bar inside one row. */
export interface Bar {
  lane: Party
  /** 0 for the outermost of those that overlap on a lane. */
  depth: number
  part: 'start' | 'through' | 'end'
  /** Its exchange has not ended yet. */
  open: boolean
}

interface RowBase {
  key: string
  /** Milliseconds since the epoch. */
  time: number
}
export interface ArrowRow extends RowBase {
  kind: 'request' | 'answer'
  exchange: Exchange
}
export interface NoteRow extends RowBase {
  kind: 'note'
  text: TextKey
  params: Params
}
export type Row = ArrowRow | NoteRow

/** Exchanges drawn at most; older ones go, or an open page would grow for ever. */
const longest = 300

/**
 * The sequence diagram: rows in order of time, of which each exchange has a
 * request and, once it ended, an answer.
 *
 * Invariant: a request stands before its answer, and what was called during an
 * exchange stands between its two rows, though times are whole milliseconds.
 */
export class Diagram {
  #rows: Row[] = []
  #exchanges = new Map<string, Exchange>()
  #notes = 0

  get rows(): readonly Row[] {
    return this.#rows
  }

  get size(): number {
    return this.#exchanges.size
  }

  /** Whether this exchange is drawn, or was drawn lately. */
  has(id: string): boolean {
    return this.#exchanges.has(id)
  }

  /** Takes what is new of an exchange: its beginning, its end, or both at once. */
  take(exchange: Exchange): void {
    const before = this.#exchanges.get(exchange.id)
    if (before?.state === 'done') return
    this.#exchanges.set(exchange.id, exchange)
    if (!before) this.#insert({ kind: 'request', key: `${exchange.id}:request`, time: exchange.at, exchange })
    else this.#replace(exchange)
    if (exchange.state === 'done') {
      this.#insert({ kind: 'answer', key: `${exchange.id}:answer`, time: exchange.at + (exchange.took_ms ?? 0), exchange })
    }
    this.#trim()
  }

  note(text: TextKey, params: Params, time: number): void {
    this.#rows.push({ kind: 'note', key: `note:${++this.#notes}`, time, text, params })
  }

  clear(): void {
    this.#rows = []
    // What is still open is drawn when it ends.
    for (const [id, exchange] of this.#exchanges) if (exchange.state === 'done') this.#exchanges.delete(id)
    const open = [...this.#exchanges.values()]
    this.#exchanges.clear()
    open.forEach((exchange) => this.take(exchange))
  }

  /** Lanes that are drawn: the backend's only once it was called. */
  lanes(): Party[] {
    const used = [...this.#exchanges.values()].some((e) => e.to === 'backend' || e.from === 'backend')
    return lanes.filter((lane) => lane !== 'backend' || used)
  }

  /** The activation bars of each row, in the rows' order. */
  bars(): Bar[][] {
    const active: { exchange: Exchange; depth: number }[] = []
    return this.#rows.map((row) => {
      const bars = active.map(({ exchange, depth }): Bar => {
        const ends = row.kind === 'answer' && row.exchange.id === exchange.id
        return { lane: exchange.to, depth, part: ends ? 'end' : 'through', open: exchange.state === 'open' }
      })
      if (row.kind === 'request' && arrives(row.exchange)) {
        const { exchange } = row
        const taken = active.filter((a) => a.exchange.to === exchange.to).map((a) => a.depth)
        let depth = 0
        while (taken.includes(depth)) depth++
        active.push({ exchange, depth })
        bars.push({ lane: exchange.to, depth, part: 'start', open: exchange.state === 'open' })
      }
      if (row.kind === 'answer') {
        const at = active.findIndex((a) => a.exchange.id === row.exchange.id)
        if (at >= 0) active.splice(at, 1)
      }
      return bars
    })
  }

  #insert(row: ArrowRow): void {
    let at = this.#rows.length
    while (at > 0) {
      const before = this.#rows[at - 1]!
      if (before.time <= row.time && !mustPrecede(row, before)) break
      if (mustPrecede(before, row)) break
      at--
    }
    this.#rows.splice(at, 0, row)
  }

  #replace(exchange: Exchange): void {
    for (const row of this.#rows) if (row.kind !== 'note' && row.exchange.id === exchange.id) row.exchange = exchange
  }

  #trim(): void {
    while (this.#exchanges.size > longest) {
      const [oldest] = this.#exchanges.keys()
      this.#exchanges.delete(oldest!)
      this.#rows = this.#rows.filter((row) => row.kind === 'note' || row.exchange.id !== oldest)
      while (this.#rows[0]?.kind === 'note') this.#rows.shift()
    }
  }
}

/** Whether a request reached whom it was sent to. */
export function arrives(exchange: Exchange): boolean {
  return exchange.fault !== 'offline' && exchange.fault !== 'lose_request'
}

/** Whether a row belongs before another whatever the clock says. */
function mustPrecede(a: Row, b: Row): boolean {
  if (a.kind === 'note' || b.kind === 'note') return false
  if (a.exchange.id === b.exchange.id) return a.kind === 'request' && b.kind === 'answer'
  if (b.exchange.parent === a.exchange.id) return a.kind === 'request'
  if (a.exchange.parent === b.exchange.id) return b.kind === 'answer'
  return false
}
