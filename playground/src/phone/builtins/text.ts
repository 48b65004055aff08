import type { Builtin } from './define'

export const text: Builtin = {
  name: 'text',
  properties: { selectable: false, userSelect: false, space: '', decode: false, maxLines: 0, overflow: '' },
  mount: ({ element, get }) => () => {
    element.toggleAttribute('data-select', get<boolean>('selectable') || get<boolean>('userSelect'))
    element.toggleAttribute('data-space', Boolean(get('space')))
  },
}
