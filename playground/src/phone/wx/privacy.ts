import type { Context } from '../phone'
import { asked } from '../consent/refused'
import { answer } from './answer'
import type { Family } from './index'

/** Consent to the app's privacy guide. */
export const privacy: Family = (context: Context) => {
  const { host, screen, privacy: consent } = context
  return {
    getPrivacySetting: (options?: object) => answer(context, 'getPrivacySetting', options, () => ({
      needAuthorization: !consent.agreed, privacyContractName: consent.contractName,
    })),
    onNeedPrivacyAuthorization: (listener: unknown) => consent.listen(listener),
    requirePrivacyAuthorize: (options?: object) => answer(context, 'requirePrivacyAuthorize', options, () =>
      asked(host, 'requirePrivacyAuthorize', () => consent.require('requirePrivacyAuthorize'))),
    openPrivacyContract: (options?: object) => answer(context, 'openPrivacyContract', options, () => {
      // It succeeds once the guide is open, not when it is closed.
      void screen.sheets.modal({ title: consent.contractName, content: screen.words.contractText, showCancel: false, confirmText: screen.words.close })
    }),
  }
}
