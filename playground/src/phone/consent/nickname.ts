import type { Node } from '../builtins/define'
import { make } from '../dom'

/** A word that WeChat's check of texts refuses in the simulator, too. */
const REFUSED = '违规'

/**
 * <input type="nickname">: offers the WeChat nickname where the keyboard would
 * be, and lets WeChat check what was typed. Without consent to the privacy guide
 * it is a plain field, silently.
 */
export function offerNickname(node: Node, control: HTMLInputElement): void {
  const { context, element, get, set, fire } = node
  const { words } = context.screen
  const bar = make('button', { type: 'button', class: 'phone-nickname', hidden: '' })
  const active = (): boolean => get<string>('type') === 'nickname' && context.privacy.agreed && !context.life.over
  let nickname = ''
  control.addEventListener('focus', () => {
    if (!active()) return
    void context.host.wechat.account().then((account) => {
      nickname = account.nickname
      if (!active() || document.activeElement !== control || control.value === nickname) return
      bar.textContent = words.wechatNickname.replace('{name}', nickname)
      bar.hidden = false
      // Not before: most fields are no nickname's.
      element.append(bar)
    }, () => {})
  })
  element.addEventListener('focusout', ({ relatedTarget }) => {
    if (relatedTarget === bar || relatedTarget === control) return
    bar.hidden = true
    if (active()) review()
  })
  // The field keeps the focus, as under a keyboard.
  bar.addEventListener('pointerdown', (event) => event.preventDefault())
  bar.addEventListener('mousedown', (event) => event.preventDefault())
  bar.addEventListener('click', (event) => {
    event.stopPropagation()
    set('value', nickname)
    fire('input', { value: nickname, cursor: nickname.length, keyCode: 0 })
    // Of WeChat's own name the browser knows no change.
    fire('change', { value: nickname })
    control.focus()
    bar.hidden = true
  })

  function review(): void {
    const pass = !control.value.includes(REFUSED)
    if (control.value === '') return
    if (!pass) {
      set('value', '')
      context.screen.toast.show({ title: words.nicknameRefused, icon: 'none' })
    }
    fire('nicknamereview', { pass, timeout: false })
  }
}
