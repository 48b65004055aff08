import { callWx } from './callback.js'
import type { StorageLike, WxLike } from './platform.js'

/** Storage that takes longer must not keep the user out: the session is then in memory alone. */
export const storagePatience = 3000

/** wx.getStorage and its like. It is the user's own: WeChat keeps it apart for each account. */
export function wxStorage(wx: WxLike): StorageLike {
  return {
    get: (key) => callWx<{ data: unknown }>(storagePatience, (options) => wx.getStorage(options), { key })
      .then((result) => result.data, () => undefined),
    set: (key, data) => callWx<void>(storagePatience, (options) => wx.setStorage(options), { key, data }),
    remove: (key) => callWx<void>(storagePatience, (options) => wx.removeStorage(options), { key }),
  }
}
