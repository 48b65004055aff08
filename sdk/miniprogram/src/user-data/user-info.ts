import { ask } from './ask.js'
import { fieldsOf, invalid, textOf } from './object.js'
import type { Parts } from './parts.js'
import { keeping, post } from './post.js'
import { revive } from './revive.js'
import { open, sealedIn } from './sealed.js'
import type { EventLike, UserInfo, UserInfoAnswer } from './types.js'

/** What every address of the grey head holds that WeChat gives in place of an avatar. */
const greyHead = 'POgEwh4mIHO4nibH0KlMECNjjGxQUq24ZEaGT4poC6icRiccVGKSyXwibcPq4BWmiaIGuG1icwxaQX6grC9VemZoJ8rg'

/** WeChat's own bound on `desc`. */
const longestDesc = 30

type From = { desc: string } | EventLike | UserInfoAnswer
type Again = () => UserInfoAnswer | Promise<UserInfoAnswer>

/** Runs to the call of wx without a wait: wx.getUserProfile fails outside a tap. */
export function userInfo(parts: Parts, from: From, again?: Again): Promise<UserInfo> {
  return taken(parts, from, again).catch(async (thrown) => {
    await revive(parts, thrown)
    throw thrown // it takes another tap
  })
}

function taken(parts: Parts, from: From, again?: Again): Promise<UserInfo> {
  const fields = fieldsOf(from)
  if ('detail' in fields) return send(parts, Object.assign({ errMsg: 'there is no data in the event' }, fieldsOf(fields.detail)), again)
  if (!('desc' in fields)) return send(parts, from, again)
  const desc = textOf(fields.desc)
  if (!desc || desc.length > longestDesc) throw invalid('desc', `desc says what the data is for, in 1 to ${longestDesc} characters`)
  return asked(parts, desc, again)
}

async function asked(parts: Parts, desc: string, again?: Again): Promise<UserInfo> {
  const { wx } = parts
  if (can(parts, 'getUserProfile')) {
    return send(parts, await ask<UserInfoAnswer>((options) => wx.getUserProfile?.(options), { desc, lang: 'zh_CN' }), again)
  }
  if (!can(parts, 'getUserInfo')) return anonymous(parts)
  // Needs no tap, but the consent that the button of older clients has got before.
  const byInfo = (): Promise<UserInfoAnswer> => ask((options) => wx.getUserInfo?.(options), { withCredentials: true, lang: 'zh_CN' })
  return send(parts, await byInfo(), again ?? byInfo)
}

function can({ wx }: Parts, name: 'getUserProfile' | 'getUserInfo'): boolean {
  return typeof wx[name] === 'function' && (typeof wx.canIUse !== 'function' || wx.canIUse(name))
}

async function send(parts: Parts, given: unknown, again?: Again): Promise<UserInfo> {
  const { hufu } = parts
  // First of all: without a login of WeChat's own nothing is sealed, and nobody misses it here.
  if (isAnonymous(fieldsOf(given))) return anonymous(parts)
  const user = await keeping(hufu, () => open(hufu, sealedIn<UserInfoAnswer>(given), (answer) => {
    const { rawData, signature, encryptedData, iv } = answer
    return post(hufu, '/v1/me/userinfo', { raw_data: rawData, signature, encrypted_data: encryptedData, iv })
  }, again))
  return { anonymous: false, user }
}

async function anonymous({ hufu }: Parts): Promise<UserInfo> {
  return { anonymous: true, user: (await hufu.login()).user }
}

/**
 * Is it what WeChat gives everybody: 微信用户 with the grey head or no avatar at
 * all? Somebody may really be called so, and has then an avatar of their own.
 */
function isAnonymous({ rawData, userInfo: info }: Partial<UserInfoAnswer>): boolean {
  if (!rawData && !info) return false
  const { nickName, avatarUrl, is_demote: demoted } = Object.assign({}, fieldsOf(info), parsed(rawData))
  const address = textOf(avatarUrl)
  return demoted === true || ((!nickName || nickName === '微信用户') && (!address || address.indexOf(greyHead) >= 0))
}

function parsed(text: unknown): Record<string, unknown> {
  try {
    return fieldsOf(JSON.parse(textOf(text)))
  } catch {
    return {}
  }
}
