import { HostFailure, type SignedProfile } from '../../host'
import { ask } from '../chrome/ask'
import { make } from '../dom'
import type { Context } from '../phone'
import { asked, Refused } from './refused'
import { authSetting, setScope } from './scopes'

/** In characters. */
const LONGEST_DESC = 30

/** wx.getUserProfile: in a tap, and asks each time. */
export function getUserProfile(context: Context, options: { desc?: unknown }): Promise<object> {
  const { gesture, host, screen } = context
  const { desc } = options
  // Before anything is awaited: a tap does not last.
  const inTap = gesture.active
  return asked(host, 'getUserProfile', async () => {
    if (typeof desc !== 'string' || desc === '') throw new HostFailure('parameter error: parameter.desc should be String instead of Undefined;')
    if ([...desc].length > LONGEST_DESC) throw new HostFailure('desc length does not meet the requirements')
    if (!inTap) throw new HostFailure('can only be invoked by user TAP gesture.')
    const { nickname } = await host.wechat.account()
    const body = [
      make('p', {}, screen.words.purpose.replace('{desc}', desc)),
      make('p', { class: 'phone-ask-item' }, make('strong', {}, nickname)),
    ]
    if (!(await ask(screen.sheets, screen.words, { app: host.appName, title: screen.words.askProfile, body }))) throw new Refused('auth deny')
    return told(await host.wechat.userProfile('getUserProfile'))
  })
}

/**
 * wx.getUserInfo. Until April 2021 the person must have allowed it by the button
 * (`byButton`), which asks them; since then it answers at once, with nobody's
 * data.
 */
export function getUserInfo(context: Context, options: { withCredentials?: unknown }, byButton: boolean): Promise<object> {
  const { host, screen } = context
  return asked(host, 'getUserInfo', async () => {
    if (host.wechat.profileRules === '2020') await allowed(context, byButton)
    const answer = told(await host.wechat.userProfile('getUserInfo'))
    if (options.withCredentials !== false) return answer
    return { userInfo: answer.userInfo, rawData: answer.rawData }
  })

  async function allowed(context: Context, byButton: boolean): Promise<void> {
    const known = authSetting(context)['scope.userInfo']
    if (known) return
    if (!byButton) throw new Refused(known === false ? 'auth deny' : 'scope unauthorized')
    const granted = await ask(screen.sheets, screen.words, { app: host.appName, title: screen.words.askWholeProfile })
    setScope(context, 'scope.userInfo', granted)
    if (!granted) throw new Refused('auth deny')
  }
}

function told({ rawData, signature, encryptedData, iv }: SignedProfile) {
  return { userInfo: JSON.parse(rawData) as object, rawData, signature, encryptedData, iv }
}
