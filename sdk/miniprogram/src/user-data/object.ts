import { HufuError } from '../index.js'
import type { User } from '../index.js'

type Fields = Record<string, unknown>

/** The object, or one without fields. */
export function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {}
}

/** The text, or an empty one. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** How WeChat says that something failed. */
export function codesOf(value: unknown): { errMsg: string; errno: number | undefined } {
  const { errMsg, errno } = fieldsOf(value)
  return { errMsg: textOf(errMsg), errno: typeof errno === 'number' ? errno : undefined }
}

/** The user in an answer. Throws `invalid_response`. */
export function userIn(data: unknown): User {
  if (textOf(fieldsOf(data).id)) return data as User
  throw strange()
}

/** What was sealed, in an answer. Throws `invalid_response`. */
export function openedIn(data: unknown): unknown {
  const opened = fieldsOf(data).data
  if (opened) return opened
  throw strange()
}

function strange(): HufuError {
  return new HufuError('invalid_response', { detail: 'this is no answer of hufu: is the base URL right?' })
}

/** The error of a call that is wrong. */
export function invalid(field: string, detail: string): HufuError {
  return new HufuError('invalid_option', { field, detail })
}

/** Is it one of ours? By its name: an app may have loaded the client in another form than this entry. */
export function isHufuError(thrown: unknown): thrown is HufuError {
  return fieldsOf(thrown).name === 'HufuError'
}
