import { addField } from '../fields'
import { addKeyboard } from '../keyboard'
import type { Builtin, Node } from './define'

/** <picker> with the modes selector, date and time; others say that they are missing. */
export const picker: Builtin = {
  name: 'picker',
  properties: { mode: 'selector', range: [], rangeKey: '', value: null, start: '', end: '', fields: 'day', disabled: false, headerText: '', customItem: '', level: 'region' },
  mount(node) {
    const { element, self, get, set } = node
    const initial = get<unknown>('value')
    element.setAttribute('role', 'button')
    element.setAttribute('aria-haspopup', 'dialog')
    addField(element, { name: () => get('name'), value: () => get('value'), reset: () => set('value', initial) })
    addKeyboard(node)
    self.addListener('tap', () => {
      if (!get<boolean>('disabled')) void choose(node)
    })
    return () => element.setAttribute('aria-disabled', String(Boolean(get('disabled'))))
  },
}

async function choose({ context, get, set, fire }: Node): Promise<void> {
  const mode = get<string>('mode')
  const { sheets } = context.screen
  let value: unknown = null
  if (mode === 'selector') {
    const key = get<string>('rangeKey')
    const items = get<unknown[]>('range').map((item) => String(key ? (item as Record<string, unknown>)[key] : item))
    value = await sheets.list(items)
  } else if (mode === 'date' || mode === 'time') {
    value = await sheets.moment(mode, String(get('value') ?? ''), get('start'), get('end'))
  } else {
    context.host.log('warn', `<picker mode="${mode}"> is not simulated here`)
  }
  if (context.life.over) return
  if (value === null) return fire('cancel', {})
  set('value', value)
  fire('change', { value })
}
