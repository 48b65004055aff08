import type { Hufu } from './index.js'
import { makeUserData } from './user-data/make.js'
import type { UserData, UserDataOptions } from './user-data/types.js'

/**
 * Makes what reads and changes the user's own data, over a client. Make one,
 * right after the client. Never throws: what is wrong, the calls reject with.
 */
export function createUserData(hufu: Hufu, options?: UserDataOptions): UserData {
  return makeUserData(hufu, options ?? {})
}

export { userDataCodes } from './user-data/codes.js'
export type { UserDataCode } from './user-data/codes.js'
export type {
  Consent, EventLike, Privacy, PrivacyRequest, PrivacySetting, Sealed, UserData, UserDataOptions, UserDataWx, UserInfo, UserInfoAnswer,
} from './user-data/types.js'
