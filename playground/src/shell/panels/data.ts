import { phoneButtons, profileRules } from '../state'
import { act, choices, panel, type PanelContext } from './panel'
import { h } from '../dom'

/** What WeChat tells of the person: the phone number button, the rules for profiles, the consent given. */
export function dataPanel(context: PanelContext): HTMLElement {
  const { i18n, world, controls } = context
  const { root, state, body } = panel(context, 'data', 'data.title')
  const title = (key: 'data.phone' | 'data.rules'): HTMLElement => i18n.text(h('p', { class: 'panel-text lead' }), key)
  body.append(
    title('data.phone'),
    choices(context, 'data.phone', phoneButtons.map((button) => ({
      testid: `phone-${button}`, label: `data.phone.${button}`, text: `data.phone.${button}.text`,
      chosen: (now) => now.phoneButton === button, choose: () => controls.phoneButton(button),
    }))),
    title('data.rules'),
    choices(context, 'data.rules', profileRules.map((rules) => ({
      testid: `rules-${rules}`, label: `data.rules.${rules}`, text: `data.rules.${rules}.text`,
      chosen: (now) => now.profileRules === rules, choose: () => controls.profileRules(rules),
    }))),
    act(context, {
      testid: 'consent-reset', label: 'data.consent', text: 'data.consent.text', params: ({ person }) => ({ name: person }), act: () => controls.resetConsent(),
    }))
  const show = (): void => {
    const { phoneButton, profileRules: rules } = world.get()
    root.classList.toggle('astray', phoneButton !== 'works' || rules !== 'today')
    state.textContent = `${i18n.t(`data.phone.${phoneButton}`)} · ${i18n.t(`data.rules.${rules}`)}`
  }
  world.watch(show)
  i18n.bind(show)
  return root
}
