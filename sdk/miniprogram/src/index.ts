import { Client } from './client.js'
import { configure } from './config.js'
import { makeContext } from './context.js'
import { asHufuError } from './errors.js'
import { misconfigured } from './misconfigured.js'
import type { Hufu, HufuOptions } from './types.js'

/**
 * Makes the client. Never throws: with options that can't work, every call
 * rejects with `invalid_option`.
 */
export function createHufu(options: HufuOptions): Hufu {
  try {
    return new Client(makeContext(configure(options)))
  } catch (thrown) {
    return misconfigured(asHufuError(thrown, 'invalid_option'))
  }
}

export { clientCodes, errorCodes, HufuError, serverCodes } from './errors.js'
export type { ErrorCode, ErrorFields } from './errors.js'
export type { StorageLike, WxFailure, WxLike, WxTask } from './platform.js'
export type {
  Events, Hufu, HufuOptions, Interceptor, Method, Outgoing, RequestOptions, Response, Session, SessionItem, SessionStatus, Task,
  UploadOptions, User,
} from './types.js'
