import { EDITING, edit } from './editing'
import type { Builtin } from './define'

export const textarea: Builtin = {
  name: 'textarea',
  properties: { ...EDITING, autoHeight: false, fixed: false, showConfirmBar: true, disableDefaultPadding: false },
  mount(node) {
    const control = document.createElement('textarea')
    const update = edit(node, control)
    return (changed) => {
      update(changed)
      if (!node.get<boolean>('autoHeight')) return
      control.style.height = 'auto'
      control.style.height = `${control.scrollHeight}px`
    }
  },
}
