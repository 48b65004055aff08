import { offerNickname } from '../consent/nickname'
import { EDITING, edit } from './editing'
import type { Builtin } from './define'

const MODES: Record<string, string> = { number: 'numeric', digit: 'decimal', idcard: 'text' }

export const input: Builtin = {
  name: 'input',
  properties: { ...EDITING, type: 'text', password: false, alwaysSystem: false },
  mount(node) {
    const { element, get, fire } = node
    const control = document.createElement('input')
    const update = edit(node, control)
    offerNickname(node, control)
    control.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || event.isComposing) return
      event.preventDefault()
      fire('confirm', { value: control.value })
      if (!get<boolean>('confirmHold')) control.blur()
    })
    element.addEventListener('click', () => control.focus())
    return (changed) => {
      const type = get<string>('type')
      control.type = get<boolean>('password') || type === 'safe-password' ? 'password' : 'text'
      control.inputMode = MODES[type] ?? 'text'
      update(changed)
    }
  },
}
