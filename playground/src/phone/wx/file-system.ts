import { HostFailure } from '../../host'
import { toBase64 } from '../base64'
import { bytesOf, isBytes } from '../body'
import { USER_DATA_PATH, type File } from '../files'
import type { Context } from '../phone'
import { answer } from './answer'
import type { Family } from './index'

interface FileOptions {
  filePath?: string
  path?: string
  data?: unknown
  encoding?: string
}

/** wx.getFileSystemManager(): reading and writing whole files. */
export const fileSystem: Family = (context: Context) => {
  const { files } = context
  const write = (path: string, data: unknown): void => {
    if (!path.startsWith(`${USER_DATA_PATH}/`)) throw new HostFailure(`permission denied, open "${path}"`)
    files.write(path, isBytes(data) ? bytesOf(data).slice() : new TextEncoder().encode(String(data)))
  }
  const existing = (path: string, what: string): File => {
    const found = files.read(path)
    if (!found) throw new HostFailure(`no such file or directory, ${what} "${path}"`)
    return found
  }
  const content = (path: string, encoding?: string): unknown => {
    const { bytes } = existing(path, 'open')
    if (encoding === 'base64') return toBase64(bytes)
    return encoding ? new TextDecoder().decode(bytes) : bytes.slice().buffer
  }
  const unlink = (path: string): void => void (existing(path, 'unlink') && files.remove(path))
  const api = (name: string, work: (options: FileOptions) => unknown) => (options: FileOptions = {}) => answer(context, name, options, () => work(options))
  const manager = {
    writeFile: api('writeFile', ({ filePath = '', data }) => write(filePath, data)),
    readFile: api('readFile', ({ filePath = '', encoding }) => ({ data: content(filePath, encoding) })),
    access: api('access', ({ path = '' }) => void existing(path, 'access')),
    unlink: api('unlink', ({ filePath = '' }) => unlink(filePath)),
    writeFileSync: write,
    readFileSync: content,
    accessSync: (path: string) => void existing(path, 'access'),
    unlinkSync: unlink,
  }
  return { getFileSystemManager: () => manager }
}
