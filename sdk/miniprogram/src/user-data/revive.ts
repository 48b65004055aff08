import { ask } from './ask.js'
import { isHufuError } from './object.js'
import type { Parts } from './parts.js'

/**
 * WeChat seals nothing once its own login state is over, which our session
 * outlives by weeks; wx.checkSession tells that, and only that. Logs in where it
 * is so, and WeChat can be asked again; else throws what was thrown.
 */
export async function revive({ hufu, wx }: Parts, thrown: unknown): Promise<void> {
  if (!isHufuError(thrown) || thrown.code !== 'wechat_failed' || !wx.checkSession) throw thrown
  const lives = await ask((options) => wx.checkSession?.(options), {}).then(() => true, () => false)
  if (lives) throw thrown
  await hufu.login({ force: true })
}
