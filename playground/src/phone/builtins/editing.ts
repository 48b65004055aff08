import { addField } from '../fields'
import type { Node, Properties } from './define'

/** The properties that <input> and <textarea> share. */
export const EDITING: Properties = {
  value: '', placeholder: '', placeholderStyle: '', placeholderClass: '', disabled: false, maxlength: 140, cursorSpacing: 0, autoFocus: false,
  focus: false, confirmType: 'done', confirmHold: false, cursor: -1, cursorColor: '', selectionStart: -1, selectionEnd: -1, adjustPosition: true,
  holdKeyboard: false, alwaysEmbed: false,
}

/**
 * Puts a native control into an element and binds it to the properties. Its
 * own events stop here: in the engine they would pass for WeChat's, without
 * their detail.
 */
export function edit(node: Node, control: HTMLInputElement | HTMLTextAreaElement): (changed: string | null) => void {
  const { element, get, set, fire } = node
  const hint = document.createElement('div')
  hint.className = 'phone-placeholder'
  hint.setAttribute('aria-hidden', 'true')
  element.append(hint, control)
  const initial = get<string>('value')
  addField(element, {
    name: () => get('name'),
    value: () => control.value,
    reset: () => set('value', initial),
  })
  const detail = (): object => ({ value: control.value, cursor: control.selectionStart ?? control.value.length })
  control.addEventListener('input', (event) => {
    event.stopPropagation()
    set('value', control.value)
    fire('input', { ...detail(), keyCode: 0 }, (returned) => {
      // What bindinput returns replaces what was typed.
      const value = typeof returned === 'object' && returned ? (returned as { value?: unknown }).value : returned
      if (typeof value === 'string') set('value', value)
    })
  })
  control.addEventListener('change', (event) => {
    event.stopPropagation()
    // Only a nickname has this event: it may come from WeChat, unlike what is typed.
    if (get<string | undefined>('type') === 'nickname') fire('change', { value: control.value })
  })
  for (const type of ['focus', 'blur'] as const) {
    control.addEventListener(type, (event) => {
      event.stopPropagation()
      fire(type, { ...detail(), ...(type === 'focus' ? { height: 0 } : {}) })
    })
  }
  return (changed) => {
    const value = String(get<unknown>('value') ?? '')
    if (control.value !== value) control.value = value
    show(node, control, hint)
    if ((changed === null || changed === 'focus') && (get('focus') || (changed === null && get('autoFocus')))) queueMicrotask(() => control.focus())
  }
}

function show({ self, element, get }: Node, control: HTMLInputElement | HTMLTextAreaElement, hint: HTMLElement): void {
  const limit = get<number>('maxlength')
  control.disabled = get('disabled')
  element.toggleAttribute('disabled', control.disabled)
  if (limit >= 0) control.maxLength = limit
  else control.removeAttribute('maxlength')
  control.enterKeyHint = get<string>('confirmType')
  // The label belongs to what the keyboard reaches.
  const label = get<string | null>('ariaLabel') || get<string>('placeholder')
  if (label) control.setAttribute('aria-label', label)
  element.removeAttribute('aria-label')
  hint.textContent = get<string>('placeholder')
  hint.hidden = control.value !== ''
  hint.style.cssText = get<string>('placeholderStyle')
  hint.className = ['phone-placeholder', ...classesOf(self, get<string>('placeholderClass'))].join(' ')
}

/** Class names as the styles of the component know them that wrote them. */
function classesOf(self: Node['self'], names: string): string[] {
  const host = self.ownerShadowRoot?.getHostNode()
  const scope = host?.getComponentOptions().styleScope
  const prefix = scope ? host?.getRootBehavior().ownerSpace.styleScopeManager.queryName(scope) : ''
  return names.split(/\s+/).filter(Boolean).map((name) => (prefix ? `${prefix}--${name}` : name))
}
