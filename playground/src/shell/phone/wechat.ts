import type { Account, HostStorage, Picture, SealedData, SignedProfile, WeChatApp } from '../../host'
import { ask, locked, type AskOptions } from './ask'
import { drawAvatar } from './avatar'

/** WeChat's app on the phone, over the simulator's controls. */
export function wechatApp(options: AskOptions & { grants: HostStorage }): WeChatApp {
  const { world, owner } = options
  return {
    grants: options.grants,
    get phoneButton() {
      return world.get().phoneButton
    },
    get profileRules() {
      return world.get().profileRules
    },
    account: () => account(options),
    avatar: (): Promise<Picture> => drawAvatar(owner.person),
    phoneNumber: (api) => ask<{ code: string } & Partial<SealedData>>(options, {
      api, path: 'phone-number',
      show: ({ code, ...rest }) => ({ code: locked('phone_code', code), ...(api === 'getPhoneNumber' && rest.encryptedData ? sealed() : {}) }),
    }),
    userProfile: (api) => ask<SignedProfile>(options, {
      api, path: 'user-profile', body: { api }, show: ({ rawData }) => ({ rawData: profileIn(rawData), signature: locked('signature'), ...sealed() }),
    }),
    weRun: () => ask<SealedData>(options, { api: 'getWeRunData', path: 'werun', show: sealed }),
    shareInfo: () => ask<SealedData>(options, { api: 'getShareInfo', path: 'share-info', show: sealed }),
    refused(api, reason) {
      options.draw(`wx.${api}`, 'wechat', { appid: owner.appid }).done({ error: `${api}:fail ${reason}`, offline: false })
    },
  }
}

const sealed = () => ({ encryptedData: locked('encrypted_data'), iv: locked('encrypted_data') })

/** Not asked of WeChat: the phone knows whose it is. */
async function account({ boot, owner, api }: AskOptions): Promise<Account> {
  const known = boot.simulated ? await api.call('GET', '/sim/v1/users').catch(() => null) : null
  const people = (known?.data ?? []) as { name: string; nickname?: string; phone_number?: string }[]
  const own = people.find(({ name }) => name === owner.person)
  return { nickname: own?.nickname || owner.person, maskedPhone: mask(own?.phone_number ?? '') }
}

function mask(number: string): string {
  return number.length < 8 ? '****' : `${number.slice(0, -8)}****${number.slice(-4)}`
}

function profileIn(rawData: string): unknown {
  try {
    return JSON.parse(rawData)
  } catch {
    return rawData
  }
}
