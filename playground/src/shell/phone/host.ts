import { HostFailure, type Host, type HostStorage, type NetworkCall, type NetworkTask } from '../../host'
import type { Calls } from '../wire/calls'
import { ask, locked, type AskOptions } from './ask'
import { wechatApp } from './wechat'

export interface HostOptions extends AskOptions {
  appName: string
  calls: Calls
  storage: HostStorage
  /** What the person has granted the app. */
  grants: HostStorage
  lang: 'zh' | 'en'
  theme: 'light' | 'dark'
  /** The program threw, or wrote an error to its console. */
  onError(message: string): void
}

/** The phone's world, over the playground's server. One for each start of the phone. */
export function createHost(options: HostOptions): Host {
  const { boot, owner, api, world } = options
  const online = (): boolean => world.get().network.mode !== 'offline'
  return {
    appid: owner.appid,
    appName: options.appName,
    envVersion: 'develop',
    language: options.lang === 'zh' ? 'zh_CN' : 'en',
    theme: options.theme,
    extConfig: { hufu: { baseURL: boot.base_url } },
    storage: options.storage,
    wechat: wechatApp(options),
    get network() {
      return { isConnected: online(), networkType: online() ? ('wifi' as const) : ('none' as const) }
    },
    login: () => login(options),
    checkSession: () => ask<{ valid: boolean }>(options, { api: 'checkSession', path: 'check-session', show: ({ valid }) => ({ valid }) }),
    send(call: NetworkCall): NetworkTask {
      return sendAfterChanges(options, call)
    },
    log(level, message) {
      // The page's own console is where a developer looks for it.
      console[level === 'info' ? 'log' : level](`[${owner.appid}] ${message}`)
      if (level === 'error') options.onError(message)
    },
  } satisfies Host & { network: Host['network'] }

  function sendAfterChanges({ calls }: HostOptions, call: NetworkCall): NetworkTask {
    let task: NetworkTask | null = null
    let aborted = false
    const answer = api.settled().then(() => {
      if (aborted) throw new HostFailure('abort')
      task = calls.send(owner, call)
      return task.answer
    })
    return {
      answer,
      abort() {
        aborted = true
        task?.abort()
      },
    }
  }
}

function login(options: AskOptions): Promise<{ code: string }> {
  const { world } = options
  return ask<{ code: string }>(options, {
    api: 'login', path: 'login', show: ({ code }) => ({ code: locked('code', code) }),
    trouble() {
      if (!world.get().refuse) return null
      world.patch({ refuse: false })
      return 'system error'
    },
  })
}
