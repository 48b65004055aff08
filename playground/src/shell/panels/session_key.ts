import { h } from '../dom'
import { choices, panel, type PanelContext } from './panel'

/** WeChat's session_key of the person in the app: how it dies while our session lives. */
export function sessionKeyPanel(context: PanelContext): HTMLElement {
  const { i18n, world, controls } = context
  const { root, state, body } = panel(context, 'key', 'key.title')
  body.append(
    i18n.text(h('p', { class: 'panel-text lead' }), 'key.text'),
    choices(context, 'key.title', [
      { testid: 'key-expire', label: 'key.expire', text: 'key.expired.text', chosen: (now) => now.key === 'expired', choose: () => controls.sessionKey('expire') },
      { testid: 'key-rotate', label: 'key.rotate', text: 'key.rotated.text', chosen: (now) => now.key === 'rotated', choose: () => controls.sessionKey('rotate') },
    ]))
  const show = (): void => {
    const { key } = world.get()
    root.classList.toggle('astray', key === 'expired' || key === 'rotated')
    state.textContent = i18n.t(`key.${key}`)
  }
  world.watch(show)
  i18n.bind(show)
  return root
}
