import { HostFailure } from '../../host'
import type { Context } from '../phone'
import { answer } from './answer'
import { bytesOf, isBytes } from './body'

/** Where a program may write, as wx.env names it. */
export const USER_DATA_PATH = 'wxfile://usr'

/** The files of the program: those it wrote, in memory only, and the pictures of its package. */
export class Files {
  private readonly written = new Map<string, Uint8Array>()

  constructor(private readonly context: Context) {}

  /** The bytes of a file and its media type, or null. */
  read(path: string): { bytes: Uint8Array; type: string } | null {
    const own = this.written.get(path)
    if (own) return { bytes: own, type: 'application/octet-stream' }
    const picture = this.context.program.assets[`/${path.replace(/^\//, '')}`]
    const match = /^data:([^;]+);base64,(.*)$/.exec(picture ?? '')
    return match ? { type: match[1]!, bytes: Uint8Array.from(atob(match[2]!), (c) => c.charCodeAt(0)) } : null
  }

  /** wx.getFileSystemManager(): reading and writing whole files. */
  manager(): Record<string, unknown> {
    const sync: Record<string, (options: FileOptions) => unknown> = {
      writeFile: ({ filePath = '', data }) => this.write(filePath, data),
      readFile: ({ filePath = '', encoding }) => this.content(filePath, encoding),
      access: ({ path = '' }) => void this.existing(path, 'access'),
      unlink: ({ filePath = '' }) => void (this.existing(filePath, 'unlink') && this.written.delete(filePath)),
    }
    const manager: Record<string, unknown> = {}
    for (const [api, work] of Object.entries(sync)) {
      manager[api] = (options: FileOptions) => answer(this.context, api, options, () => (api === 'readFile' ? { data: work(options) } : (work(options) as undefined)))
    }
    manager.writeFileSync = (filePath: string, data: unknown) => this.write(filePath, data)
    manager.readFileSync = (filePath: string, encoding?: string) => this.content(filePath, encoding)
    manager.accessSync = (path: string) => void this.existing(path, 'access')
    manager.unlinkSync = (filePath: string) => void (this.existing(filePath, 'unlink') && this.written.delete(filePath))
    return manager
  }

  private write(path: string, data: unknown): void {
    if (!path.startsWith(`${USER_DATA_PATH}/`)) throw new HostFailure(`permission denied, open "${path}"`)
    this.written.set(path, isBytes(data) ? bytesOf(data).slice() : new TextEncoder().encode(String(data)))
  }

  private content(path: string, encoding?: string): unknown {
    const { bytes } = this.existing(path, 'open')
    if (encoding === 'base64') return btoa(String.fromCharCode(...bytes))
    return encoding ? new TextDecoder().decode(bytes) : bytes.slice().buffer
  }

  private existing(path: string, what: string): { bytes: Uint8Array } {
    const found = this.read(path)
    if (!found) throw new HostFailure(`no such file or directory, ${what} "${path}"`)
    return found
  }
}

interface FileOptions {
  filePath?: string
  path?: string
  data?: unknown
  encoding?: string
}
