import { HostFailure } from '../../host'
import { getUserInfo, getUserProfile } from '../consent/profile'
import { asked } from '../consent/refused'
import { authSetting, openSetting, requireScope } from '../consent/scopes'
import type { Context } from '../phone'
import { answer } from './answer'
import type { Family } from './index'

/** What WeChat tells of the person, and the permissions it wants for it. */
export const openData: Family = (context: Context) => {
  const { host, gesture } = context
  return {
    getUserProfile: (options?: { desc?: unknown }) => answer(context, 'getUserProfile', options, () => getUserProfile(context, options ?? {})),
    getUserInfo: (options?: object) => answer(context, 'getUserInfo', options, () => getUserInfo(context, options ?? {}, false)),
    getSetting: (options?: object) => answer(context, 'getSetting', options, () => ({ authSetting: authSetting(context) })),
    authorize: (options?: { scope?: unknown }) => answer(context, 'authorize', options, () => asked(host, 'authorize', async () => {
      // That of the profile is asked for by its button alone.
      if (options?.scope !== 'scope.werun') throw new HostFailure('invalid scope')
      await requireScope(context, 'authorize', options.scope)
    })),
    openSetting: (options?: object) => {
      const inTap = gesture.active
      return answer(context, 'openSetting', options, () => {
        if (!inTap) throw new HostFailure('can only be invoked by user TAP gesture.')
        return openSetting(context)
      })
    },
    getWeRunData: (options?: object) => answer(context, 'getWeRunData', options, () => asked(host, 'getWeRunData', async () => {
      await requireScope(context, 'getWeRunData', 'scope.werun')
      const { encryptedData, iv } = await host.wechat.weRun()
      return { encryptedData, iv }
    })),
    getShareInfo: (options?: { shareTicket?: unknown }) => answer(context, 'getShareInfo', options, async () => {
      if (typeof options?.shareTicket !== 'string') throw new HostFailure('parameter error: parameter.shareTicket should be String instead of Undefined;')
      const { encryptedData, iv } = await host.wechat.shareInfo()
      return { encryptedData, iv }
    }),
  }
}
