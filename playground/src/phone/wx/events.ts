import type { Context } from '../phone'
import { answer } from './answer'
import type { Family } from './index'

/** What the program may listen to. */
export const events: Family = (context: Context) => {
  const { show, hide, error, rejection, theme, network, pageNotFound } = context.events
  return {
    onAppShow: show.on, offAppShow: show.off,
    onAppHide: hide.on, offAppHide: hide.off,
    onError: error.on, offError: error.off,
    onUnhandledRejection: rejection.on, offUnhandledRejection: rejection.off,
    onThemeChange: theme.on, offThemeChange: theme.off,
    onPageNotFound: pageNotFound.on, offPageNotFound: pageNotFound.off,
    onNetworkStatusChange: network.on, offNetworkStatusChange: network.off,
    getNetworkType: (options?: object) => answer(context, 'getNetworkType', options, () => ({ networkType: context.host.network.networkType })),
  }
}
