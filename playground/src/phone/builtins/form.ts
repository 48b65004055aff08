import { fieldsIn } from '../fields'
import type { Builtin, Component } from './define'

/** What buttons ask of the form around them. */
export interface Form {
  submit(by: Component): void
  reset(): void
}

const forms = new WeakMap<Element, Form>()

/** The form around an element of the page. */
export function formOf(element: Element): Form | undefined {
  const form = element.closest('wx-form')
  return form ? forms.get(form) : undefined
}

export const form: Builtin = {
  name: 'form',
  properties: { reportSubmit: false, reportSubmitTimeout: 0 },
  mount({ element, fire }) {
    forms.set(element, {
      submit() {
        const named = fieldsIn(element).filter((field) => field.name())
        fire('submit', { value: Object.fromEntries(named.map((field) => [field.name(), field.value()])) })
      },
      reset() {
        for (const field of fieldsIn(element)) field.reset()
        fire('reset', {})
      },
    })
  },
}
