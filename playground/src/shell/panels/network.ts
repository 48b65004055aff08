import { networkModes } from '../state'
import { choices, panel, type PanelContext } from './panel'

/** The network between the phone and hufu. */
export function networkPanel(context: PanelContext): HTMLElement {
  const { i18n, world, controls } = context
  const { root, state, body } = panel(context, 'network', 'network.title')
  body.append(choices(context, 'network.title', networkModes.map((mode) => ({
    testid: `network-${mode}`, label: `network.${mode}`, text: `network.${mode}.text`,
    chosen: (now) => now.network.mode === mode, choose: () => controls.network(mode),
  }))))
  const show = (): void => {
    const { mode, left } = world.get().network
    root.classList.toggle('astray', mode !== 'online')
    state.textContent = left === null ? i18n.t(`network.${mode}`) : `${i18n.t(`network.${mode}`)} · ${i18n.t('network.left', { n: left })}`
  }
  world.watch(show)
  i18n.bind(show)
  return root
}
