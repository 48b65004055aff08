import type { Host, Theme } from '../host'
import { describe } from './console'
import type { Life } from './life'
import type { Gesture } from './gesture'
import { Listeners } from './listeners'
import type { Privacy } from './consent/privacy'
import type { Program } from './program'
import type { NavigateOptions } from './router'
import type { Files } from './files'
import type { Screen } from './chrome/screen'

/** What the parts of a running phone share. */
export interface Context {
  readonly host: Host
  readonly life: Life
  readonly program: Program
  readonly screen: Screen
  readonly events: AppEvents
  readonly files: Files
  readonly gesture: Gesture
  readonly privacy: Privacy
  /** Tells what the program threw: App.onError, wx.onError, the host. */
  fault(error: unknown): void
  /** The theme the program is shown in. */
  theme: Theme
  /** One of wx's ways to navigate. Rejects with what `fail` gets. */
  navigate(api: string, options: NavigateOptions): Promise<unknown>
}

/** Where a program was opened or brought back. */
export interface EnterOptions {
  path: string
  query: Record<string, string>
  scene: number
  referrerInfo: Record<string, never>
}

/** What `wx.onX` hears. */
export class AppEvents {
  readonly show: Listeners<EnterOptions>
  readonly hide: Listeners<Record<string, never>>
  readonly error: Listeners<string>
  readonly rejection: Listeners<{ reason: unknown; promise: unknown }>
  readonly theme: Listeners<{ theme: Theme }>
  readonly network: Listeners<{ isConnected: boolean; networkType: string }>
  readonly pageNotFound: Listeners<{ path: string; query: Record<string, string>; isEntryPage: boolean }>

  constructor(log: Host['log']) {
    const fault = (error: unknown): void => log('error', describe(error))
    this.show = new Listeners(fault)
    this.hide = new Listeners(fault)
    this.error = new Listeners(fault)
    this.rejection = new Listeners(fault)
    this.theme = new Listeners(fault)
    this.network = new Listeners(fault)
    this.pageNotFound = new Listeners(fault)
  }
}
