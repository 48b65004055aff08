// What is needed of a host. Only the members below are used of `wx`, all in
// callback form: whether a method also returns a promise depends on the base
// library's version.

/** How a wx method fails. */
export interface WxFailure {
  errMsg?: string
  errno?: number
}

interface Callbacks<R> {
  success?: (result: R) => void
  fail?: (failure: WxFailure) => void
}

/** A call that can be broken off. */
export interface WxTask {
  abort(): void
}

/** What wx.request and wx.uploadFile answer. */
export interface WxAnswer {
  data: unknown
  statusCode: number
  header?: Record<string, unknown>
}

export interface WxRequestOptions extends Callbacks<WxAnswer> {
  url: string
  method?: string
  data?: any
  header?: Record<string, string>
  timeout?: number
  dataType?: string
  responseType?: string
}

export interface WxUploadOptions extends Callbacks<WxAnswer> {
  url: string
  filePath: string
  name: string
  formData?: Record<string, any>
  header?: Record<string, string>
  timeout?: number
}

/** The part of `wx` that is used; what is marked optional may be missing. */
export interface WxLike {
  login(options: Callbacks<{ code: string }> & { timeout?: number }): unknown
  request(options: any): WxTask | undefined
  uploadFile(options: any): WxTask | undefined
  getStorage(options: any): unknown
  setStorage(options: any): unknown
  removeStorage(options: any): unknown
  getAccountInfoSync?(): { miniProgram: { appId: string; envVersion?: string } }
  onAppShow?(listener: () => void): void
  offAppShow?(listener: () => void): void
  onAppHide?(listener: () => void): void
  offAppHide?(listener: () => void): void
  getRandomValues?(options: any): unknown
}

/** Where the session is kept. Values are JSON-like objects; `get` gives undefined for what is not there. */
export interface StorageLike {
  get(key: string): unknown | Promise<unknown>
  set(key: string, value: object): void | Promise<void>
  remove(key: string): void | Promise<void>
}
