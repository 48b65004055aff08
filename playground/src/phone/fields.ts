/** What a form asks of an element that holds a value. */
export interface Field {
  name(): string
  value(): unknown
  reset(): void
}

const fields = new WeakMap<Element, Field>()

export function addField(element: Element, field: Field): void {
  element.setAttribute('data-field', '')
  fields.set(element, field)
}

/** The named fields below an element of the page. */
export function fieldsIn(element: Element): Field[] {
  return [...element.querySelectorAll('[data-field]')].map((one) => fields.get(one)).filter((field): field is Field => field !== undefined)
}
