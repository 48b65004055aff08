import { ask } from './ask.js'
import { textOf } from './object.js'
import type { Privacy, PrivacyRequest, PrivacySetting, UserDataWx } from './types.js'

type Resolve = (answer: { event: string; buttonId?: string }) => void
type Handler = (request: PrivacyRequest) => void

/** Makes the helper for the consent that WeChat asks for. */
export function privacyOf(wx: UserDataWx): Privacy {
  const handlers: Handler[] = []
  let gone: ((handler: Handler) => void) | undefined
  return {
    onNeedPrivacy(handler) {
      handlers.push(handler)
      // Once, since WeChat calls the listener of the last registration alone and has nothing to take it off.
      if (!gone && typeof wx.onNeedPrivacyAuthorization === 'function') gone = listen(wx, handlers)
      return () => {
        const at = handlers.lastIndexOf(handler)
        if (at < 0) return
        handlers.splice(at, 1)
        if (gone && handlers.indexOf(handler) < 0) gone(handler)
      }
    },
    async getPrivacySetting(): Promise<PrivacySetting> {
      if (!wx.getPrivacySetting) return { needAuthorization: false, privacyContractName: '' }
      const { needAuthorization, privacyContractName } = await ask<PrivacySetting>((options) => wx.getPrivacySetting?.(options), {})
      return { needAuthorization: needAuthorization === true, privacyContractName: textOf(privacyContractName) }
    },
    async requirePrivacyAuthorize(): Promise<void> {
      if (wx.requirePrivacyAuthorize) await ask((options) => wx.requirePrivacyAuthorize?.(options), {})
    },
    async openPrivacyContract(): Promise<void> {
      if (wx.openPrivacyContract) await ask((options) => wx.openPrivacyContract?.(options), {})
    },
  }
}

/**
 * WeChat keeps everything that wants consent waiting, each with a `resolve` of
 * its own that has to be called: all that wait get the one answer of the user.
 * Returns what is to be called when a handler is taken off: if its dialog is
 * open it goes with the page, and nobody else would ever answer, for this or for
 * whatever comes later.
 */
function listen(wx: UserDataWx, handlers: Handler[]): (handler: Handler) => void {
  let waiting: Resolve[] = []
  let asked: Handler | undefined
  const settle = (answer: { event: string; buttonId?: string }): void => {
    const all = waiting
    waiting = []
    all.forEach((resolve) => resolve(answer))
  }
  wx.onNeedPrivacyAuthorization?.((resolve: Resolve, info?: { referrer?: string }) => {
    waiting.push(resolve)
    if (waiting.length > 1) return
    const mine = waiting
    // A dialog that was answered must not answer for what comes after it.
    const once = (answer: { event: string; buttonId?: string }): void => { if (waiting === mine) settle(answer) }
    const handler = handlers[handlers.length - 1]
    asked = handler
    if (!handler) return once({ event: 'disagree' })
    try {
      handler({
        referrer: textOf(info?.referrer),
        shown: () => { if (waiting === mine) mine.forEach((one) => one({ event: 'exposureAuthorization' })) },
        agree: (buttonId) => once({ event: 'agree', buttonId }),
        disagree: () => once({ event: 'disagree' }),
      })
    } catch (thrown) {
      once({ event: 'disagree' })
      throw thrown
    }
  })
  return (handler) => { if (handler === asked) settle({ event: 'disagree' }) }
}
