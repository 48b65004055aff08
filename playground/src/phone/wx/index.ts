import type { EnterOptions, Context } from '../phone'
import type { Router } from '../router'
import { account } from './account'
import { NetworkCalls } from './calls'
import { device } from './device'
import { events } from './events'
import { fileSystem } from './file-system'
import { interaction } from './interaction'
import { login } from './login'
import { navigation } from './navigation'
import { openData } from './open-data'
import { privacy } from './privacy'
import { queries } from './queries'
import { request } from './request'
import { storage } from './storage'
import { system } from './system'
import { uploadFile } from './upload'

/** What some families need besides the context. */
export interface Surroundings {
  /** Where the pages are; not before the program runs. */
  router(): Router
  entered: { launch: EnterOptions; last: EnterOptions }
  /** All there is of `wx`. */
  api(): Record<string, unknown>
}

/** Some APIs that belong together. */
export type Family = (context: Context, surroundings: Surroundings) => Record<string, unknown>

const FAMILIES: Family[] = [login, storage, interaction, navigation, system, account, events, device, queries, fileSystem, privacy, openData]

/** `wx`, and what the phone must tell it. */
export interface WeChat {
  wx: object
  calls: NetworkCalls
}

/** Makes the `wx` of one run. */
export function makeWx(context: Context, entered: Surroundings['entered'], router: () => Router): WeChat {
  const calls = new NetworkCalls(context)
  const api: Record<string, unknown> = { request: request(context, calls), uploadFile: uploadFile(context, calls) }
  const surroundings: Surroundings = { router, entered, api: () => api }
  for (const family of FAMILIES) Object.assign(api, family(context, surroundings))
  return { wx: telling(context, api), calls }
}

/**
 * What is missing is undefined, so that a program can ask for it as it does in
 * old versions of WeChat, and is told once: the TypeError of a call says too
 * little.
 */
function telling({ host, life }: Context, api: Record<string, unknown>): object {
  const told = new Set<string>()
  return new Proxy(api, {
    get(all, name) {
      if (typeof name === 'symbol' || Object.hasOwn(all, name)) return Reflect.get(all, name) as unknown
      if (!told.has(name) && !life.over && !/^(?:then|toJSON|constructor|prototype|\$\$typeof|__\w+)$/.test(name)) {
        told.add(name)
        host.log('warn', `wx.${name} is not simulated here. There are: ${Object.keys(all).sort().join(', ')}`)
      }
      return undefined
    },
  })
}
