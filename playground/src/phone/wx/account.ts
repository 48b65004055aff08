import type { Context } from '../phone'
import { answer } from './answer'
import type { Family } from './index'

/** Which mini program this is, and what came with it. */
export const account: Family = (context: Context, { entered }) => {
  const extConfig = (): Record<string, unknown> => JSON.parse(JSON.stringify(context.host.extConfig)) as Record<string, unknown>
  return {
    getAccountInfoSync: () => ({
      // Only a release has a version.
      miniProgram: { appId: context.host.appid, envVersion: context.host.envVersion, version: context.host.envVersion === 'release' ? '1.0.0' : '' },
      plugin: {},
    }),
    getExtConfigSync: extConfig,
    getExtConfig: (options?: object) => answer(context, 'getExtConfig', options, () => ({ extConfig: extConfig() })),
    getLaunchOptionsSync: () => entered.launch,
    getEnterOptionsSync: () => entered.last,
    getUpdateManager: () => ({ onCheckForUpdate() {}, onUpdateReady() {}, onUpdateFailed() {}, applyUpdate() {} }),
  }
}
