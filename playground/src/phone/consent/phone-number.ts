import type { PhoneButton } from '../../host'
import { ask } from '../chrome/ask'
import { make } from '../dom'
import type { Context } from '../phone'
import { asked, Refused } from './refused'

/** The open-types of a button that ask for a phone number. */
export type PhoneApi = 'getPhoneNumber' | 'getRealtimePhoneNumber'

/** Why an app gets no numbers at all. Of a quota that is used up the errno alone is documented. */
const BARRED: Record<Exclude<PhoneButton, 'works'>, [reason: string, errno: number]> = {
  no_permission: ['no permission', 102],
  undeclared: ['api scope is not declared in the privacy agreement', 112],
  quota: ['quota exhausted', 1400001],
}

/** A tap on the button: asks the person, then WeChat. Rejects with what the event tells. */
export function phoneNumber(context: Context, api: PhoneApi, quotaToast: boolean): Promise<object> {
  const { host, privacy, screen } = context
  const { words } = screen
  return asked(host, api, async () => {
    const state = host.wechat.phoneButton
    if (state === 'quota' && quotaToast) screen.toast.show({ title: words.quota, icon: 'none', duration: 2500 })
    if (state !== 'works') throw new Refused(...BARRED[state])
    await privacy.require(api)
    const { maskedPhone } = await host.wechat.account()
    const body = [make('p', { class: 'phone-ask-item' }, make('strong', {}, maskedPhone), make('small', {}, words.boundPhone))]
    const granted = await ask(screen.sheets, words, { app: host.appName, title: api === 'getPhoneNumber' ? words.askPhone : words.askRealtimePhone, body })
    if (!granted) throw new Refused('user deny')
    const { code, encryptedData, iv } = await host.wechat.phoneNumber(api)
    return api === 'getPhoneNumber' && encryptedData ? { code, encryptedData, iv } : { code }
  })
}
