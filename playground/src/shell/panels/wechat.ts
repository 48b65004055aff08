import { act, choices, panel, type PanelContext } from './panel'

/** WeChat in trouble: faults of code2Session, a blocked person, a wx.login that fails. */
export function wechatPanel(context: PanelContext): HTMLElement {
  const { i18n, world, controls } = context
  const { root, state, body } = panel(context, 'wechat', 'wechat.title')
  body.append(
    choices(context, 'wechat.title', (['normal', 'busy', 'quota'] as const).map((mode) => ({
      testid: `wechat-${mode}`, label: `wechat.${mode}`, text: `wechat.${mode}.text`,
      chosen: (now) => now.wechat.mode === mode, choose: () => controls.wechat(mode),
    }))),
    act(context, {
      testid: 'user-blocked', label: 'wechat.blocked', text: 'wechat.blocked.text', params: ({ person }) => ({ name: person }),
      pressed: ({ blocked, person }) => blocked.includes(person),
      act: () => controls.block(world.get().person, !world.get().blocked.includes(world.get().person)),
    }),
    act(context, {
      testid: 'refuse', label: 'wechat.refuse', text: 'wechat.refuse.text', pressed: (now) => now.refuse,
      act: () => controls.refuse(!world.get().refuse),
    }))
  const show = (): void => {
    const now = world.get()
    const { mode, left } = now.wechat
    root.classList.toggle('astray', mode !== 'normal' || now.refuse || now.blocked.length > 0)
    const said = mode === 'other' ? i18n.t('fault.wechat') : i18n.t(`wechat.${mode}`)
    const wrong = [
      ...(mode === 'normal' ? [] : [left === null ? said : `${said} · ${i18n.t('network.left', { n: left })}`]),
      ...now.blocked.map((name) => i18n.t('note.blocked', { name })),
      ...(now.refuse ? [i18n.t('note.refuse')] : []),
    ]
    state.textContent = wrong.join(' · ') || said
  }
  world.watch(show)
  i18n.bind(show)
  return root
}
