import { h } from '../dom'
import { panel, type PanelContext } from './panel'
import { shortId } from './session'

/** Who holds the phone, in which app; and how hufu saw the person in each. */
export function whoPanel(context: PanelContext): HTMLElement {
  const { i18n } = context
  const { root, body } = panel(context, 'who', 'who.title')
  const seen = h('div', { class: 'seen', 'data-testid': 'seen' })
  body.append(people(context), apps(context), i18n.text(h('p', { class: 'panel-text' }), 'who.text'), seen)
  const show = (): void => seen.replaceChildren(...sightings(context))
  context.world.watch(show)
  context.seen.watch(show)
  i18n.bind(show)
  return root
}

function people(context: PanelContext): HTMLElement {
  const { boot, i18n, world, controls } = context
  const group = i18n.attribute(h('div', { class: 'choices', role: 'group' }), 'aria-label', 'who.person')
  for (const name of boot.people) {
    const button = h('button', {
      type: 'button', class: 'choice person', 'data-testid': `person-${name}`, onclick: () => context.run(() => controls.choose({ person: name })),
    }, h('span', { class: 'avatar', 'aria-hidden': 'true' }, name.slice(0, 1).toUpperCase()), name)
    world.watch((now) => button.setAttribute('aria-pressed', String(now.person === name)))
    group.append(button)
  }
  return group
}

function apps(context: PanelContext): HTMLElement {
  const { boot, i18n, world, controls } = context
  const group = i18n.attribute(h('div', { class: 'choices apps', role: 'group' }), 'aria-label', 'who.app')
  for (const { appid, name } of boot.apps) {
    const button = h('button', {
      type: 'button', class: 'choice app', 'data-testid': `app-${appid}`, onclick: () => context.run(() => controls.choose({ appid })),
    }, h('span', {}, name || appid), h('small', {}, shortAppid(appid)))
    button.title = appid
    world.watch((now) => button.setAttribute('aria-pressed', String(now.appid === appid)))
    group.append(button)
  }
  return group
}

function shortAppid(appid: string): string {
  return appid.length > 8 ? `${appid.slice(0, 4)}…${appid.slice(-2)}` : appid
}

/** The user and openid per app, and that they are one person where the unionid says so. */
function sightings({ boot, i18n, world, seen }: PanelContext): HTMLElement[] {
  const { person } = world.get()
  const found = boot.apps.map((app) => ({ app, ...seen.of({ person, appid: app.appid }) })).filter((s) => s.user)
  if (found.length === 0) return [h('p', { class: 'panel-text' }, i18n.t('who.none'))]
  const rows = found.map(({ app, user, openid }) => h('tr', {},
    h('th', { scope: 'row' }, app.name || shortAppid(app.appid)),
    h('td', { title: user! }, h('code', {}, shortId(user!))),
    h('td', { title: openid ?? '' }, h('code', {}, openid ? shortId(openid) : '–'))))
  const table = h('table', {},
    h('caption', { class: 'sr' }, i18n.t('who.seen')),
    h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, i18n.t('who.app')), h('th', { scope: 'col' }, i18n.t('who.user')),
      h('th', { scope: 'col' }, i18n.t('who.openid')))),
    h('tbody', {}, ...rows))
  const same = found.length > 1 && found.every((s) => s.unionid && s.unionid === found[0]!.unionid)
  const note = same ? h('p', { class: 'same', 'data-testid': 'same-person' }, i18n.t('who.same'))
    : found.length === 1 && boot.apps.length > 1 ? h('p', { class: 'panel-text' }, i18n.t('who.one')) : null
  return note ? [table, note] : [table]
}
