import { addField } from '../fields'
import { addKeyboard } from '../keyboard'
import type { Builtin, Node } from './define'

interface Choice {
  node: Node
  choose(): void
}

const choices = new WeakMap<Element, Choice>()

/** <checkbox> and <radio>, which are alike, and the groups that tell what is chosen. */
export const choiceElements: Builtin[] = [choice('checkbox'), choice('radio'), group('checkbox'), group('radio')]

function choice(kind: 'checkbox' | 'radio'): Builtin {
  return {
    name: kind,
    properties: { value: '', checked: false, disabled: false, color: '#07c160' },
    mount(node) {
      const { element, self, get, set } = node
      element.setAttribute('role', kind)
      addKeyboard(node, [' ', 'Enter'])
      choices.set(element, { node, choose: () => set('checked', kind === 'radio' || !get<boolean>('checked')) })
      self.addListener('tap', () => {
        if (get<boolean>('disabled') || (kind === 'radio' && get<boolean>('checked'))) return
        choices.get(element)!.choose()
        const around = element.closest(`wx-${kind}-group`)
        if (around) groups.get(around)?.(node)
      })
      return () => {
        element.setAttribute('aria-checked', String(Boolean(get('checked'))))
        element.setAttribute('aria-disabled', String(Boolean(get('disabled'))))
        element.style.setProperty('--on', get<string>('color'))
      }
    },
  }
}

const groups = new WeakMap<Element, (chosen: Node) => void>()

function group(kind: 'checkbox' | 'radio'): Builtin {
  return {
    name: `${kind}-group`,
    mount({ element, get, fire }) {
      const members = (): Node[] => [...element.querySelectorAll(`wx-${kind}`)].flatMap((one) => choices.get(one)?.node ?? [])
      const chosen = (): string[] => members().filter((one) => one.get('checked')).map((one) => one.get<string>('value'))
      const value = (): string | string[] => (kind === 'radio' ? chosen()[0] ?? '' : chosen())
      if (kind === 'radio') element.setAttribute('role', 'radiogroup')
      groups.set(element, (by) => {
        if (kind === 'radio') for (const other of members()) if (other.element !== by.element) other.set('checked', false)
        fire('change', { value: value() })
      })
      addField(element, { name: () => get('name'), value, reset: () => members().forEach((one) => one.set('checked', false)) })
    },
  }
}
