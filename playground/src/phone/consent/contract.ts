import type { Host } from '../../host'
import type { Question } from '../chrome/ask'
import { make } from '../dom'
import type { Words } from '../words'

/** The name of the app's privacy guide, as WeChat writes it. */
export function contractName({ appName }: Host, words: Words): string {
  return words.contract.replace('{app}', appName)
}

/** WeChat's own privacy dialog; the guide opens inside. */
export function privacyQuestion(host: Host, words: Words): Question {
  const text = make('p', { class: 'phone-contract', hidden: '' }, words.contractText)
  const link = make('button', { type: 'button', class: 'phone-link', 'aria-expanded': 'false' }, contractName(host, words))
  link.addEventListener('click', () => {
    text.hidden = !text.hidden
    link.setAttribute('aria-expanded', String(!text.hidden))
  })
  return {
    app: host.appName, title: words.privacyTitle, body: [make('p', {}, words.privacyText), link, text], allow: words.agree,
  }
}
