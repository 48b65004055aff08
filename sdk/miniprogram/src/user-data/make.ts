import { HufuError } from '../index.js'
import type { Hufu } from '../index.js'
import { Consents } from './consent.js'
import { erase } from './erase.js'
import { isHufuError } from './object.js'
import { phoneNumber } from './phone.js'
import { privacyOf } from './privacy.js'
import { avatar, nickname } from './profile.js'
import { decrypt } from './sealed.js'
import type { UserData, UserDataOptions, UserDataWx } from './types.js'
import { userInfo } from './user-info.js'

declare const wx: UserDataWx | undefined

/** Puts the parts together. */
export function makeUserData(hufu: Hufu, options: UserDataOptions): UserData {
  const host = options.wx ?? (typeof wx === 'undefined' ? {} : wx)
  const parts = { hufu, wx: host }
  const consents = new Consents(hufu, options.consent)
  return {
    getPhoneNumber: (event) => begun(() => phoneNumber(parts, event)),
    uploadAvatar: (from) => begun(() => avatar(hufu, from)),
    setNickname: (from) => begun(() => nickname(hufu, from)),
    getUserInfo: (from, again) => begun(() => userInfo(parts, from, again)),
    decrypt: (sealed, again) => begun(() => decrypt(parts, sealed, again)),
    recordConsent: (consent) => begun(() => consents.record(consent)),
    erase: (how) => begun(() => erase(hufu, how?.everywhere === true)),
    privacy: privacyOf(host),
  }
}

/** Begins at once, since WeChat counts the time from a tap; what is thrown on the way rejects, as one of our errors. */
function begun<T>(work: () => Promise<T>): Promise<T> {
  return new Promise<T>((resolve) => resolve(work())).catch((thrown) => {
    throw isHufuError(thrown) ? thrown : new HufuError('invalid_option', { detail: thrown instanceof Error ? thrown.message : String(thrown) })
  })
}
