/**
 * What the phone and the world around it know of each other: the shell
 * implements `Host` over the server, tests with a few lines of their own.
 * Neither side imports anything else of the other.
 */

/** One call of `wx.request` or `wx.uploadFile`, made ready to be sent. */
export interface NetworkCall {
  kind: 'request' | 'upload'
  url: string
  method: string
  /** As the page gave it; the relay drops what WeChat would not send. */
  header: Record<string, string>
  /** The serialised body of a request; bytes for an ArrayBuffer. */
  data: string | Uint8Array | null
  /** The file of an upload. */
  file?: { name: string; filename: string; type: string; bytes: Uint8Array }
  formData?: Record<string, string>
  /** In ms; at most 60000. */
  timeout: number
}

/** What came back, whatever its status. */
export interface NetworkAnswer {
  statusCode: number
  header: Record<string, string>
  cookies: string[]
  /** Text, or bytes where the body is not UTF-8. */
  data: string | Uint8Array
}

/**
 * Why a `wx` call failed: `reason` follows "<api>:fail " in errMsg, so
 * "timeout" makes "request:fail timeout".
 */
export class HostFailure extends Error {
  constructor(
    readonly reason: string,
    readonly errno?: number,
  ) {
    super(reason)
    this.name = 'HostFailure'
  }
}

/** A call under way. */
export interface NetworkTask {
  /** Rejects with a HostFailure. */
  answer: Promise<NetworkAnswer>
  /** Makes `answer` reject with the reason "abort". Idempotent. */
  abort(): void
}

/** Data that WeChat seals under the person's session key, for the app's server. */
export interface SealedData {
  encryptedData: string
  iv: string
}

/** What wx.getUserInfo and wx.getUserProfile are made of; rawData is JSON. */
export interface SignedProfile extends SealedData {
  rawData: string
  signature: string
}

/** A picture's bytes, and its media type. */
export interface Picture {
  bytes: Uint8Array
  type: string
}

/** What WeChat shows of the person in its own dialogs. The program gets none of it unasked. */
export interface Account {
  nickname: string
  /** "138****0000". */
  maskedPhone: string
}

/** How the phone number button fares: see `WeChatApp.phoneButton`. */
export type PhoneButton = 'works' | 'no_permission' | 'quota' | 'undeclared'

/** Which of WeChat's rules for profiles hold: before April 2021, until November 2022, or since. */
export type ProfileRules = '2020' | '2021' | 'today'

/**
 * WeChat's app on the phone, as far as it must ask WeChat itself. Dialogs and
 * consent are the phone's own: it calls these once the person has agreed. All
 * reject with a HostFailure.
 */
export interface WeChatApp {
  /** Whether the app may have phone numbers. Read at each tap. */
  readonly phoneButton: PhoneButton
  readonly profileRules: ProfileRules
  /** What the person has agreed to in this app: kept by WeChat, so that wx.clearStorage leaves it alone. */
  readonly grants: HostStorage
  account(): Promise<Account>
  /** The person's picture, a square. */
  avatar(): Promise<Picture>
  /** A tap on the phone number button. Sealed data is there for getPhoneNumber alone, while a session key lives. */
  phoneNumber(api: 'getPhoneNumber' | 'getRealtimePhoneNumber'): Promise<{ code: string } & Partial<SealedData>>
  userProfile(api: 'getUserInfo' | 'getUserProfile'): Promise<SignedProfile>
  weRun(): Promise<SealedData>
  shareInfo(): Promise<SealedData>
  /** Told of a call that ended on the phone, for want of consent or permission. */
  refused(api: string, reason: string): void
}

export type Language = 'zh_CN' | 'en'
export type Theme = 'light' | 'dark'

/** The world around the phone. */
export interface Host {
  readonly appid: string
  /** What WeChat calls the mini program in its dialogs. */
  readonly appName: string
  readonly envVersion: 'develop' | 'trial' | 'release'
  readonly language: Language
  readonly theme: Theme
  /** What wx.getExtConfigSync gives. */
  readonly extConfig: Record<string, unknown>
  /** wx.login. Rejects with a HostFailure. */
  login(): Promise<{ code: string }>
  /** wx.checkSession. Rejects with a HostFailure if WeChat can't be asked. */
  checkSession(): Promise<{ valid: boolean }>
  readonly wechat: WeChatApp
  send(call: NetworkCall): NetworkTask
  /** Where wx.setStorage keeps: separate for each person and app, gone with `clear`. */
  readonly storage: HostStorage
  readonly network: { isConnected: boolean; networkType: 'wifi' | 'none' }
  /** What the page's console and the engine's own warnings say. */
  log(level: 'info' | 'warn' | 'error', message: string): void
}

/** A synchronous store of strings. */
export interface HostStorage {
  get(key: string): string | null
  set(key: string, value: string): void
  remove(key: string): void
  keys(): string[]
  clear(): void
}

/** Where the phone opens. */
export interface PhoneOptions {
  /** The page and its query, "pages/index/index?a=1"; default: the first page of app.json. */
  path?: string
}

/** A running phone. */
export interface Phone {
  /** The route of the page in front, without a leading slash. */
  readonly route: string
  /** The home gesture: App.onHide; after 5 s what is in flight fails as "interrupted". */
  background(): void
  /** Back again: App.onShow. */
  foreground(): void
  /** Tells wx.onNetworkStatusChange. */
  setNetwork(network: { isConnected: boolean; networkType: 'wifi' | 'none' }): void
  setTheme(theme: Theme): void
  /** Ends the program: nothing of it runs, answers or draws any more. */
  destroy(): void
}

/** What phone.html has at `window.startPhone` when engine and program are loaded. */
export type StartPhone = (host: Host, options?: PhoneOptions) => Phone

declare global {
  interface Window {
    startPhone?: StartPhone
  }
}
