import { HostFailure, type Host, type HostStorage, type NetworkCall, type NetworkTask } from '../../host'
import { ApiError, type Api } from '../wire/api'
import type { Calls, Owner } from '../wire/calls'
import type { Boot } from '../wire/boot'
import type { Store, World } from '../state'
import type { Party } from '../wire/exchange'

/** What the phone itself asked of WeChat: no call the server sees, so the diagram is told here. */
export interface ClientCall {
  /** Called once, when the answer is there. */
  done(answer: { status: number; body: unknown } | { error: string; offline: boolean }): void
}

export interface HostOptions {
  boot: Boot
  owner: Owner
  api: Api
  calls: Calls
  world: Store<World>
  storage: HostStorage
  lang: 'zh' | 'en'
  theme: 'light' | 'dark'
  /** The program threw, or wrote an error to its console. */
  onError(message: string): void
  /** Draws an arrow from the phone to WeChat. */
  draw(name: 'wx.login' | 'wx.checkSession', to: Party, request: Record<string, unknown>): ClientCall
}

/** What a phone without a network says. */
const offline = 'net::ERR_INTERNET_DISCONNECTED'
const noRealLogin = 'the page runs in a browser; WeChat logs nobody in here'

/** The phone's world, over the playground's server. One for each start of the phone. */
export function createHost(options: HostOptions): Host {
  const { boot, owner, api, world } = options
  const online = (): boolean => world.get().network.mode !== 'offline'
  return {
    appid: owner.appid,
    envVersion: 'develop',
    language: options.lang === 'zh' ? 'zh_CN' : 'en',
    theme: options.theme,
    extConfig: { hufu: { baseURL: boot.base_url } },
    storage: options.storage,
    get network() {
      return { isConnected: online(), networkType: online() ? ('wifi' as const) : ('none' as const) }
    },
    login: () => login(options),
    checkSession: () => checkSession(options),
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

async function login(options: HostOptions): Promise<{ code: string }> {
  const { boot, owner, api, world } = options
  await api.settled()
  const arrow = options.draw('wx.login', 'wechat', { appid: owner.appid })
  const failed = (reason: string): HostFailure => {
    arrow.done({ error: `login:fail ${reason}`, offline: reason === offline })
    return new HostFailure(reason)
  }
  if (!boot.simulated) throw failed(noRealLogin)
  if (world.get().refuse) {
    world.patch({ refuse: false })
    throw failed('system error')
  }
  if (world.get().network.mode === 'offline') throw failed(offline)
  try {
    const { code } = await api.call('POST', '/sim/v1/wx/login', { appid: owner.appid, user: owner.person })
    arrow.done({ status: 200, body: { code: { $locked: 'code', shown: String(code).slice(0, 4) } } })
    return { code }
  } catch (error) {
    throw failed(reasonOf(error))
  }
}

async function checkSession(options: HostOptions): Promise<{ valid: boolean }> {
  const { boot, owner, api, world } = options
  await api.settled()
  const arrow = options.draw('wx.checkSession', 'wechat', { appid: owner.appid })
  try {
    if (!boot.simulated) throw new HostFailure(noRealLogin)
    if (world.get().network.mode === 'offline') throw new HostFailure(offline)
    const { valid } = await api.call('POST', '/sim/v1/wx/check-session', { appid: owner.appid, user: owner.person })
    arrow.done({ status: 200, body: { valid } })
    return { valid }
  } catch (error) {
    const reason = reasonOf(error)
    arrow.done({ error: `checkSession:fail ${reason}`, offline: reason === offline })
    throw new HostFailure(reason)
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof HostFailure) return error.reason
  return error instanceof ApiError && error.status > 0 ? error.message : 'net::ERR_CONNECTION_REFUSED'
}
