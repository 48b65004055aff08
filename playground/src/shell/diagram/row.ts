import { h, icon } from '../dom'
import { paths } from '../icons'
import type { I18n, Params, TextKey } from '../lang/i18n'
import { lockName } from '../locks'
import { failureOf, type Exchange, type Party } from '../wire/exchange'
import type { ArrowRow, Bar, NoteRow } from './model'
import { cargo, clientAnswer, exchangeName, isClientCall } from './words'

/** How far a lost arrow gets, of its way. */
const stub = { start: 0.16, middle: 0.6 } as const

/** A text's parameters; one that begins with "@" names a text itself. */
export function paramsIn(i18n: I18n, params: Params): Params {
  return Object.fromEntries(Object.entries(params).map(([name, value]) =>
    [name, typeof value === 'string' && value.startsWith('@') ? i18n.t(value.slice(1) as TextKey) : value]))
}

export function paintNote(li: HTMLElement, row: NoteRow, i18n: I18n): void {
  li.className = 'row note'
  li.replaceChildren(h('span', { class: 'note-text' }, i18n.t(row.text, paramsIn(i18n, row.params))))
}

/** Fills the row's button with its arrow, and tells tests and styles by data attributes what it is. */
export function paintArrow(button: HTMLElement, row: ArrowRow, drawn: readonly Party[], i18n: I18n): void {
  const { exchange, kind } = row
  const way = kind === 'request' ? { from: exchange.from, to: exchange.to } : { from: exchange.to, to: exchange.from }
  const lost = lostAt(row)
  const told = kind === 'answer' && heardNothing(exchange)
  const failed = kind === 'answer' && (failureOf(exchange) !== null || exchange.error !== null)
  const at = (party: Party): number => (drawn.indexOf(party) + 0.5) / drawn.length
  const from = at(told ? exchange.from : way.from)
  const to = at(told ? exchange.from : way.to)
  const end = lost === null ? to : from + (to - from) * lost
  button.className = ['arrow', kind, to > from ? 'rightward' : 'leftward', lost === null ? '' : 'lost', failed ? 'failed' : '', told ? 'told' : '',
    exchange.state === 'open' ? 'open' : ''].filter(Boolean).join(' ')
  Object.assign(button.dataset, {
    testid: kind === 'request' ? 'exchange' : 'answer', from: exchange.from, to: exchange.to, path: exchange.request.path,
    method: exchange.request.method, status: exchange.response ? String(exchange.response.status) : '', fault: exchange.fault ?? '',
    state: exchange.state, parent: exchange.parent ?? '',
  })
  const centre = (from + to) / 2
  button.style.setProperty('--left', `${Math.min(from, end) * 100}%`)
  button.style.setProperty('--width', `${Math.abs(end - from) * 100}%`)
  button.style.setProperty('--centre', `${centre * 100}%`)
  button.style.setProperty('--rest', `${Math.min(end, to) * 100}%`)
  button.style.setProperty('--rest-width', `${Math.abs(to - end) * 100}%`)
  button.style.setProperty('--room', `${Math.min(centre, 1 - centre) * 200}%`)
  button.replaceChildren(
    h('span', { class: 'sr' }, `${i18n.t(`diagram.${kind}`, { from: i18n.t(`party.${way.from}`), to: i18n.t(`party.${way.to}`) })} `),
    h('span', { class: 'label' }, ...(kind === 'request' ? requestLabel(exchange) : answerLabel(exchange, i18n))),
    lost === null || told ? '' : h('span', { class: 'rest', 'aria-hidden': 'true' }),
    h('span', { class: 'line', 'aria-hidden': 'true' }, lost === null ? h('i', { class: 'tip' }) : h('i', { class: 'cross' }, '✕')),
    h('span', { class: 'under' }, ...under(row, i18n)))
}

/** Bars are laid beside the button, so that they never take a click. */
export function paintBars(bars: readonly Bar[], drawn: readonly Party[]): HTMLElement[] {
  return bars.filter((bar) => drawn.includes(bar.lane)).map((bar) => h('i', {
    class: `bar ${bar.part} of-${bar.lane}${bar.open ? ' open' : ''}`, 'aria-hidden': 'true',
    style: `--x:${((drawn.indexOf(bar.lane) + 0.5) / drawn.length) * 100}%;--depth:${bar.depth}`,
  }))
}

function lostAt({ exchange, kind }: ArrowRow): number | null {
  const { fault } = exchange
  if (kind === 'request') return fault === 'offline' ? stub.start : fault === 'lose_request' ? stub.middle : null
  if (fault === 'lose_answer') return stub.middle
  return heardNothing(exchange) ? stub.start : null
}

/** No answer reached the phone, not even one of WeChat's client that says no. */
function heardNothing(exchange: Exchange): boolean {
  return exchange.response === null && (!isClientCall(exchange) || exchange.fault === 'offline')
}

function requestLabel(exchange: Exchange): Node[] {
  if (isClientCall(exchange)) return [h('b', {}, exchangeName(exchange))]
  return [h('b', {}, exchange.request.method), document.createTextNode(` ${exchange.request.path}`)]
}

function answerLabel(exchange: Exchange, i18n: I18n): Node[] {
  const took = h('span', { class: 'took' }, i18n.t('diagram.ms', { n: exchange.took_ms ?? 0 }))
  if (isClientCall(exchange)) return [h('b', {}, clientAnswer(exchange))]
  const { response } = exchange
  if (!response) return [h('b', {}, exchange.error ?? '✕'), took]
  const failure = failureOf(exchange)
  return [h('b', {}, String(response.status)), ...(failure && !failure.startsWith('HTTP') ? [h('em', {}, failure)] : []), took]
}

function under(row: ArrowRow, i18n: I18n): Node[] {
  const { exchange, kind } = row
  const said: Node[] = []
  if (faultSaidBy(row)) said.push(h('span', { class: 'fault' }, i18n.t(`fault.${exchange.fault!}`)))
  if (kind === 'answer' && exchange.error && exchange.response) {
    said.push(h('span', { class: 'fault' }, i18n.t('fault.told', { error: exchange.error })))
  }
  const { locked, plain } = cargo(exchange, kind)
  said.push(...plain.map((name) => h('span', { class: 'plain' }, name)))
  for (const one of locked) {
    said.push(h('span', { class: 'tag' }, icon(paths.lock), lockName(i18n, one), h('span', { class: 'sr' }, ` ${i18n.t('diagram.locked', { what: '' })} `)))
  }
  if (kind === 'request' && exchange.state === 'open') said.push(h('span', { class: 'sr' }, i18n.t('diagram.waiting')))
  return said
}

/** A fault is told once: where the arrow shows it. */
function faultSaidBy({ exchange, kind }: ArrowRow): boolean {
  switch (exchange.fault) {
    case 'offline':
    case 'lose_request':
    case 'slow':
      return kind === 'request'
    case 'lose_answer':
    case 'wechat':
      return kind === 'answer'
    default:
      return false
  }
}
