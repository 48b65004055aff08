import type { Hufu } from '../index.js'
import type { UserDataWx } from './types.js'

/** What the parts of this entry share. */
export interface Parts {
  hufu: Hufu
  wx: UserDataWx
}
