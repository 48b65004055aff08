import { act, panel, type PanelContext } from './panel'

/** Enough of an id to know it again. */
export function shortId(id: string): string {
  return id.length > 14 ? `${id.slice(0, 6)}…${id.slice(-4)}` : id
}

/** Our own session and access token, ended and aged. */
export function sessionPanel(context: PanelContext): HTMLElement {
  const { i18n, world, controls, seen } = context
  const { root, state, body } = panel(context, 'session', 'session.title')
  const lives = (): boolean => seen.of(world.get()).session !== null
  body.append(
    act(context, {
      testid: 'session-end', label: 'session.end', text: 'session.end.text', possible: (now) => lives() && !now.sessionEnded,
      act: () => controls.endSession(),
    }),
    act(context, { testid: 'token-expire', label: 'token.expire', text: 'token.expire.text', act: () => controls.expireToken() }))
  const show = (): void => {
    const now = world.get()
    const { session } = seen.of(now)
    const said = session ? i18n.t(now.sessionEnded ? 'session.ended' : 'session.lives', { id: shortId(session) }) : i18n.t('session.none')
    const expired = session !== null && now.tokenExpired && !now.sessionEnded
    root.classList.toggle('astray', session !== null && (now.sessionEnded || now.tokenExpired))
    state.textContent = expired ? i18n.t('token.expired') : said
  }
  world.watch(show)
  i18n.bind(show)
  return root
}
