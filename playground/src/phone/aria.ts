import type { Node, Properties } from './builtins/define'

/** What every element of WeChat takes for readers of the screen. */
export const ARIA: Properties = Object.fromEntries(
  ['role', 'label', 'hidden', 'live', 'atomic', 'busy', 'checked', 'disabled', 'expanded', 'modal', 'selected', 'pressed', 'describedby', 'labelledby', 'controls',
    'level', 'valuenow', 'valuemin', 'valuemax', 'valuetext', 'haspopup', 'current', 'required', 'invalid']
    .map((name) => [`aria${name[0]!.toUpperCase()}${name.slice(1)}`, null]),
)

const attributes = Object.keys(ARIA).map((property) => [property, property === 'ariaRole' ? 'role' : `aria-${property.slice(4).toLowerCase()}`] as const)

/** Puts the aria properties into the page; one that was never given leaves the attribute to the element itself. */
export function reflectAria({ element, get }: Node): void {
  for (const [property, attribute] of attributes) {
    const value = get<unknown>(property)
    if (value !== null && value !== undefined && value !== '') element.setAttribute(attribute, String(value))
  }
}
