import { make } from '../dom'
import type { Life } from '../life'
import type { Words } from '../words'

/** What a modal shows. */
export interface ModalOptions {
  title?: string
  content?: string
  showCancel?: boolean
  cancelText?: string
  cancelColor?: string
  confirmText?: string
  confirmColor?: string
  editable?: boolean
  placeholderText?: string
}

/** Dialogs over the page, one after the other. While one is open nothing behind it can be reached. */
export class Sheets {
  readonly element = make('div', { class: 'phone-sheets' })
  private before: Promise<unknown> = Promise.resolve()

  constructor(
    private readonly life: Life,
    private readonly words: Words,
    private readonly behind: HTMLElement,
  ) {}

  /** Gives what was typed, if anything could be, and whether it was confirmed. */
  modal(options: ModalOptions): Promise<{ confirm: boolean; content: string | null }> {
    const { title = '', content = '', showCancel = true, cancelText = this.words.cancel, confirmText = this.words.ok, editable = false, placeholderText = '' } = options
    return this.open('phone-modal', title || content, (close) => {
      const typed = make('input', { class: 'phone-modal-input', placeholder: placeholderText, 'aria-label': placeholderText || title })
      typed.value = content
      const answer = (confirm: boolean) => (): void => close({ confirm, content: editable ? typed.value : null })
      const cancel = button(cancelText, answer(false), options.cancelColor)
      const confirm = button(confirmText, answer(true), options.confirmColor)
      confirm.classList.add('phone-modal-confirm')
      const text = editable ? typed : make('p', {}, content)
      const body = [...(title ? [make('h2', {}, title)] : []), ...(content || editable ? [text] : [])]
      return { body: [...body, make('div', { class: 'phone-modal-buttons' }, ...(showCancel ? [cancel] : []), confirm)], focus: editable ? typed : confirm, cancel: showCancel ? answer(false) : () => {} }
    })
  }

  /** Gives the place of what was chosen, or null. */
  list(items: string[], color?: string): Promise<number | null> {
    return this.open<number | null>('phone-list', this.words.choose, (close) => {
      const choices = items.map((item, index) => button(item, () => close(index), color))
      const cancel = button(this.words.cancel, () => close(null))
      cancel.classList.add('phone-list-cancel')
      return { body: [...choices, cancel], focus: choices[0] ?? cancel, cancel: () => close(null) }
    })
  }

  /** Gives a date ("2024-02-29") or a time ("18:30"), or null. */
  moment(kind: 'date' | 'time', value: string, min: string, max: string): Promise<string | null> {
    return this.open<string | null>('phone-modal', this.words.choose, (close) => {
      const field = make('input', { type: kind, class: 'phone-modal-input', value, min, max, 'aria-label': this.words.choose })
      const cancel = button(this.words.cancel, () => close(null))
      const confirm = button(this.words.ok, () => close(field.value || null))
      return { body: [field, make('div', { class: 'phone-modal-buttons' }, cancel, confirm)], focus: field, cancel: () => close(null) }
    })
  }

  /** Shows a dialog made by `build`, which is given what ends it. */
  open<T>(kind: string, label: string, build: (close: (value: T) => void) => { body: HTMLElement[]; focus: HTMLElement; cancel(): void }): Promise<T> {
    const opened = this.before.then(() => new Promise<T>((resolve) => {
      if (this.life.over) return
      const focused = document.activeElement as HTMLElement | null
      const { body, focus, cancel } = build((value) => {
        sheet.remove()
        this.behind.inert = false
        focused?.focus?.({ preventScroll: true })
        resolve(value)
      })
      const sheet = make('div', { class: 'phone-sheet' }, make('div', { class: kind, role: 'dialog', 'aria-modal': 'true', 'aria-label': label }, ...body))
      sheet.addEventListener('keydown', (event) => {
        if (event.key === 'Escape') cancel()
        else if (event.key === 'Tab') keepFocus(sheet, event)
      })
      this.behind.inert = true
      this.element.append(sheet)
      focus.focus({ preventScroll: true })
    }))
    this.before = opened
    return opened
  }
}

/** Tab goes round inside a dialog; beyond it are the controls around the phone. */
function keepFocus(sheet: HTMLElement, event: KeyboardEvent): void {
  const stops = [...sheet.querySelectorAll<HTMLElement>('button, input')].filter((one) => !one.closest('[hidden]') && one.tabIndex >= 0)
  const [edge, next] = event.shiftKey ? [stops[0], stops.at(-1)] : [stops.at(-1), stops[0]]
  const at = document.activeElement as HTMLElement | null
  if (!next || (at !== edge && stops.includes(at!))) return
  // From the heading Tab goes on by itself; only the way back leaves the dialog.
  if (at !== edge && !event.shiftKey) return
  event.preventDefault()
  next.focus()
}

function button(text: string, press: () => void, color?: string): HTMLButtonElement {
  const element = make('button', { type: 'button' }, text)
  if (color) element.style.color = color
  element.addEventListener('click', press)
  return element
}
