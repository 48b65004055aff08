import { ask, type Question } from '../chrome/ask'
import { make } from '../dom'
import type { Context } from '../phone'
import { Refused } from './refused'

/** The permissions that are simulated. */
export const SCOPES = ['scope.werun', 'scope.userInfo'] as const
export type Scope = (typeof SCOPES)[number]

/** errno of a permission that was refused. */
const DENIED = 103

/** What the person has allowed and refused this app, as wx.getSetting gives it; those never asked are not there. */
export function authSetting({ host }: Context): Partial<Record<Scope, boolean>> {
  const asked = SCOPES.map((scope) => [scope, host.wechat.grants.get(scope)] as const).filter(([, granted]) => granted !== null)
  return Object.fromEntries(asked.map(([scope, granted]) => [scope, granted === 'true']))
}

export function setScope({ host, life }: Context, scope: Scope, granted: boolean): void {
  if (!life.over) host.wechat.grants.set(scope, String(granted))
}

/**
 * Resolves if the person allows it: asks once, and remembers either answer.
 * Before that comes the privacy guide. Rejects with a Refused.
 */
export async function requireScope(context: Context, api: string, scope: 'scope.werun'): Promise<void> {
  const { privacy, screen, host } = context
  const known = authSetting(context)[scope]
  const question = (): Question => ({ app: host.appName, title: screen.words.askSteps })
  if (known === undefined) {
    const asked = await privacy.requireWith(api, question)
    const granted = asked || await ask(screen.sheets, screen.words, question())
    setScope(context, scope, granted)
    if (!granted) throw new Refused('auth deny', DENIED)
    return
  }
  await privacy.require(api)
  if (!known) throw new Refused('auth deny', DENIED)
}

/** WeChat's page of an app's permissions; resolves with what is set when it is left. */
export async function openSetting(context: Context): Promise<{ authSetting: Partial<Record<Scope, boolean>> }> {
  const { screen: { sheets, words }, host } = context
  const names: Record<Scope, string> = { 'scope.werun': words.steps, 'scope.userInfo': words.profile }
  await sheets.open<null>('phone-ask phone-settings', words.settings, (close) => {
    const rows = Object.entries(authSetting(context)).map(([scope, granted]) => {
      const toggle = make('button', { type: 'button', role: 'switch', class: 'phone-toggle', 'aria-checked': String(granted), 'aria-label': names[scope as Scope] })
      toggle.addEventListener('click', () => {
        const on = toggle.getAttribute('aria-checked') !== 'true'
        toggle.setAttribute('aria-checked', String(on))
        setScope(context, scope as Scope, on)
      })
      return make('p', { class: 'phone-ask-item' }, names[scope as Scope], toggle)
    })
    const done = make('button', { type: 'button' }, words.ok)
    done.addEventListener('click', () => close(null))
    const heading = make('h2', { tabindex: '-1' }, words.settings)
    const text = (rows.length ? words.settingsText : words.settingsNone).replace('{app}', host.appName)
    return { body: [heading, make('p', {}, text), ...rows, make('div', { class: 'phone-ask-buttons' }, done)], focus: heading, cancel: () => close(null) }
  })
  return { authSetting: authSetting(context) }
}
