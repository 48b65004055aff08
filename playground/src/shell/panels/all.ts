import { h } from '../dom'
import { clockPanel } from './clock'
import { dataPanel } from './data'
import { networkPanel } from './network'
import type { PanelContext } from './panel'
import { sessionKeyPanel } from './session_key'
import { sessionPanel } from './session'
import { wechatPanel } from './wechat'
import { whoPanel } from './who'

/** Fills the control area. With the real WeChat there is nobody to play and nothing to break at its side. */
export function fillPanels(root: HTMLElement, context: PanelContext): void {
  const { simulated } = context.boot
  root.append(normalBar(context))
  if (simulated) root.append(whoPanel(context))
  root.append(networkPanel(context), sessionPanel(context))
  if (simulated) root.append(wechatPanel(context), sessionKeyPanel(context), dataPanel(context))
  root.append(clockPanel(context))
}

/** Whether anything is set that "back to normal" would undo. */
export function isAstray(world: ReturnType<PanelContext['world']['get']>): boolean {
  return world.network.mode !== 'online' || world.wechat.mode !== 'normal' || world.blocked.length > 0 || world.refuse ||
    world.phoneButton !== 'works' || world.profileRules !== 'today'
}

function normalBar(context: PanelContext): HTMLElement {
  const { i18n, world, controls } = context
  const text = h('p', { class: 'panel-text', id: 'text-normal' })
  const button = i18n.text(h('button', {
    type: 'button', class: 'normal', 'data-testid': 'normal', 'aria-describedby': text.id, onclick: () => context.run(() => controls.normal()),
  }), 'normal.button')
  const bar = h('div', { class: 'normal-bar' }, button, text)
  const show = (): void => {
    const astray = isAstray(world.get())
    bar.classList.toggle('astray', astray)
    text.textContent = i18n.t(astray ? 'normal.text' : 'normal.done')
  }
  world.watch(show)
  i18n.bind(show)
  return bar
}
