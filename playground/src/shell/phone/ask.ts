import { HostFailure } from '../../host'
import { ApiError, type Api } from '../wire/api'
import type { Owner } from '../wire/calls'
import type { Boot } from '../wire/boot'
import type { Locked, Party } from '../wire/exchange'
import type { Store, World } from '../state'

/** What the phone itself asked of WeChat: no call the server sees, so the diagram is told here. */
export interface ClientCall {
  /** Called once, when the answer is there. */
  done(answer: { status: number; body: unknown } | { error: string; offline: boolean }): void
}

/** What it takes to ask WeChat in a person's name. */
export interface AskOptions {
  boot: Boot
  owner: Owner
  api: Api
  world: Store<World>
  /** Draws an arrow from the phone to WeChat. */
  draw(name: `wx.${string}`, to: Party, request: Record<string, unknown>): ClientCall
}

/** One call of the phone's to WeChat. */
export interface Asking<T> {
  /** "login" of wx.login. */
  api: string
  /** Of the simulator's control that answers it. */
  path: string
  /** Beside the app and the person. */
  body?: Record<string, unknown>
  /** What may be seen of the answer. */
  show(answer: T): unknown
  /** A reason to fail that is set in the controls; asked once. */
  trouble?(): string | null
}

/** What a phone without a network says. */
const offline = 'net::ERR_INTERNET_DISCONNECTED'
const noRealLogin = 'the page runs in a browser; WeChat logs nobody in here'
/** Open data is sealed under a session key, and none lives. */
const noSession = 'there is no login state, call wx.login first'

/** Asks WeChat and draws it. Rejects with a HostFailure. */
export async function ask<T>(options: AskOptions, { api, path, body, show, trouble }: Asking<T>): Promise<T> {
  const { boot, owner, world } = options
  await options.api.settled()
  const arrow = options.draw(`wx.${api}`, 'wechat', { appid: owner.appid, ...body })
  try {
    if (!boot.simulated) throw new HostFailure(noRealLogin)
    const why = trouble?.()
    if (why) throw new HostFailure(why)
    if (world.get().network.mode === 'offline') throw new HostFailure(offline)
    const answer = (await options.api.call('POST', `/sim/v1/wx/${path}`, { appid: owner.appid, user: owner.person, ...body })) as T
    arrow.done({ status: 200, body: show(answer) })
    return answer
  } catch (error) {
    const reason = reasonOf(error)
    arrow.done({ error: `${api}:fail ${reason}`, offline: reason === offline })
    throw new HostFailure(reason)
  }
}

/** A secret as the diagram draws it, with its first characters where they give nothing away. */
export function locked(kind: Locked['$locked'], shown?: string): Locked {
  return shown === undefined ? { $locked: kind } : { $locked: kind, shown: shown.slice(0, 4) }
}

function reasonOf(error: unknown): string {
  if (error instanceof HostFailure) return error.reason
  if (!(error instanceof ApiError) || error.status === 0) return 'net::ERR_CONNECTION_REFUSED'
  return error.status === 409 ? noSession : error.message
}
