import { make } from '../dom'
import type { Words } from '../words'
import type { Sheets } from './sheets'

/** What WeChat asks the person in an app's name. */
export interface Question {
  app: string
  title: string
  body?: HTMLElement[]
  /** What is on the button that grants it; default "Allow". */
  allow?: string
}

/** Gives whether it was granted; Escape is a refusal. */
export function ask(sheets: Sheets, words: Words, { app, title, body = [], allow = words.allow }: Question): Promise<boolean> {
  return sheets.open<boolean>('phone-ask', title, (close) => {
    const refuse = make('button', { type: 'button', class: 'phone-ask-refuse' }, words.refuse)
    refuse.addEventListener('click', () => close(false))
    const grant = make('button', { type: 'button', class: 'phone-ask-allow' }, allow)
    grant.addEventListener('click', () => close(true))
    // The focus stands on the question: Enter grants nothing by accident.
    const heading = make('h2', { tabindex: '-1' }, title)
    const head = make('p', { class: 'phone-ask-app' }, make('span', { class: 'phone-ask-icon', 'aria-hidden': 'true' }, app.slice(0, 1)), app, ` ${words.asks}`)
    return { body: [head, heading, ...body, make('div', { class: 'phone-ask-buttons' }, refuse, grant)], focus: heading, cancel: () => close(false) }
  })
}
