import { h } from '../dom'
import { spans, type Span } from '../controls'
import type { I18n } from '../lang/i18n'
import { choices, panel, type PanelContext } from './panel'

/** "1 d 2 h": the two largest units. */
export function duration(i18n: I18n, seconds: number): string {
  const units = [['d', 86400], ['h', 3600], ['min', 60], ['s', 1]] as const
  const parts: string[] = []
  let rest = Math.round(seconds)
  for (const [unit, size] of units) {
    const n = Math.floor(rest / size)
    rest -= n * size
    if (n > 0 && parts.length < 2) parts.push(i18n.t(`unit.${unit}`, { n }))
  }
  return parts.join(' ') || i18n.t('unit.s', { n: 0 })
}

/** The clocks of hufu and WeChat, which go forward only. */
export function clockPanel(context: PanelContext): HTMLElement {
  const { i18n, world, controls } = context
  const { root, state, body } = panel(context, 'clock', 'clock.title')
  body.append(
    i18n.text(h('p', { class: 'panel-text lead' }), 'clock.text'),
    choices(context, 'clock.title', (Object.keys(spans) as Span[]).map((span) => ({
      testid: `clock-${span}`, label: `clock.${span}`, text: `clock.${span}.text`, chosen: () => false, choose: () => controls.advance(span),
    }))))
  const show = (): void => {
    const { hufu, wechat } = world.get().clock
    const ahead = hufu !== 0 || wechat !== 0
    state.textContent = ahead ? i18n.t('clock.ahead', { hufu: duration(i18n, hufu), wechat: duration(i18n, wechat) }) : i18n.t('clock.now')
  }
  world.watch(show)
  i18n.bind(show)
  return root
}
