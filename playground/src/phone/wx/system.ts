import type { Context } from '../phone'
import { elementNames } from '../builtins'
import { openTypes } from '../builtins/open-types'
import { answer } from './answer'
import { USER_DATA_PATH } from '../files'
import type { Family } from './index'

/** In px, as the styles draw the navigation bar. The status bar is outside of the window, drawn by whoever holds the phone. */
const BAR = 44

/** The base library whose behaviour this follows: the first that runs pages on glass-easel in a WebView. */
const SDK = '3.8.12'

/** Attributes of elements that not every value works for. */
const VALUES: Record<string, readonly string[]> = { 'button.open-type': openTypes, 'input.type': ['text', 'number', 'idcard', 'digit', 'safe-password', 'nickname'] }

/** What the phone tells of itself. */
export const system: Family = (context: Context, { api }) => {
  const windowInfo = () => {
    const { innerWidth: width, innerHeight: height, devicePixelRatio: pixelRatio } = window
    const { pages } = context.screen
    return {
      pixelRatio, screenWidth: width, screenHeight: height, windowWidth: width, windowHeight: pages.clientHeight || height - BAR, statusBarHeight: 0,
      screenTop: BAR, safeArea: { left: 0, right: width, top: 0, bottom: height, width, height },
    }
  }
  const baseInfo = () => ({
    SDKVersion: SDK, enableDebug: true, host: { appId: '', env: 'WeChat' }, language: context.host.language, version: '8.0.50', theme: context.theme, fontSizeSetting: 16,
  })
  const device = () => ({ brand: 'hufu', model: 'hufu playground', system: 'iOS 18.0', platform: 'devtools', abi: '', benchmarkLevel: -1, memorySize: 4096 })
  const all = () => ({ ...windowInfo(), ...baseInfo(), ...device() })
  return {
    env: { USER_DATA_PATH },
    getWindowInfo: windowInfo,
    getAppBaseInfo: baseInfo,
    getDeviceInfo: device,
    getSystemInfoSync: all,
    getSystemInfo: (options?: object) => answer(context, 'getSystemInfo', options, all),
    getSystemInfoAsync: (options?: object) => answer(context, 'getSystemInfoAsync', options, all),
    getSystemSetting: () => ({ bluetoothEnabled: false, locationEnabled: false, wifiEnabled: true, deviceOrientation: 'portrait' }),
    getAppAuthorizeSetting: () => ({}),
    getMenuButtonBoundingClientRect: () => ({ width: 87, height: 32, top: 6, bottom: 38, left: window.innerWidth - 94, right: window.innerWidth - 7 }),
    canIUse: (schema: string) => {
      const [name = '', attribute, value] = String(schema).split('.')
      const values = VALUES[`${name}.${attribute}`]
      if (values && value !== undefined) return values.includes(value)
      return Object.hasOwn(api(), name) || elementNames.includes(name)
    },
    nextTick: (work: () => void) => void Promise.resolve().then(() => {
      if (context.life.over) return
      try {
        work()
      } catch (error) {
        context.fault(error)
      }
    }),
    vibrateShort: (options?: object) => answer(context, 'vibrateShort', options, () => undefined),
    vibrateLong: (options?: object) => answer(context, 'vibrateLong', options, () => undefined),
    hideKeyboard: (options?: object) => answer(context, 'hideKeyboard', options, () => (document.activeElement as HTMLElement | null)?.blur()),
  }
}
