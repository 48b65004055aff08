import { HostFailure } from '../../host'
import type { Context } from '../phone'
import { answer } from './answer'
import type { Family } from './index'

/** WeChat's limit of one wx.getRandomValues, in bytes. */
const MOST_RANDOM = 1_048_576

/** Randomness and the clipboard, which is the phone's own. */
export const device: Family = (context: Context) => {
  let clipboard = ''
  return {
    getRandomValues: (options?: { length?: number }) => answer(context, 'getRandomValues', options, () => {
      const length = options?.length
      if (!Number.isInteger(length) || length! < 1 || length! > MOST_RANDOM) throw new HostFailure('invalid length', 109001)
      const bytes = new Uint8Array(length!)
      // A browser gives 64 KiB at a time.
      for (let at = 0; at < bytes.length; at += 65_536) window.crypto.getRandomValues(bytes.subarray(at, at + 65_536))
      return { randomValues: bytes.buffer }
    }),
    setClipboardData: (options?: { data?: unknown }) => answer(context, 'setClipboardData', options, () => {
      if (typeof options?.data !== 'string') throw new HostFailure('parameter error: parameter.data should be String')
      clipboard = options.data
      // Beyond the phone only if the browser likes; the phone has it anyhow.
      window.navigator.clipboard?.writeText(clipboard).catch(() => {})
      context.screen.toast.show({ title: context.screen.words.copied, icon: 'none' })
    }),
    getClipboardData: (options?: object) => answer(context, 'getClipboardData', options, () => ({ data: clipboard })),
  }
}
