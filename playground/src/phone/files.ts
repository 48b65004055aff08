import { toBase64 } from './base64'
import type { Program } from './program'

/** Where a program may write, as wx.env names it. */
export const USER_DATA_PATH = 'wxfile://usr'

/** A file's bytes, and its media type. */
export interface File {
  bytes: Uint8Array
  type: string
}

/** The files of one run: those that were written or chosen, in memory only, and the pictures of the program. */
export class Files {
  private readonly kept = new Map<string, File>()
  private chosen = 0

  constructor(private readonly program: Program) {}

  /** The file at a path, or null. */
  read(path: string): File | null {
    const own = this.kept.get(path)
    if (own) return own
    const picture = this.program.assets[`/${path.replace(/^\//, '')}`]
    const match = /^data:([^;]+);base64,(.*)$/.exec(picture ?? '')
    return match ? { type: match[1]!, bytes: Uint8Array.from(atob(match[2]!), (c) => c.charCodeAt(0)) } : null
  }

  write(path: string, bytes: Uint8Array): void {
    this.kept.set(path, { bytes, type: 'application/octet-stream' })
  }

  /** Gives whether there was one. */
  remove(path: string): boolean {
    return this.kept.delete(path)
  }

  /** Keeps what a user chose; gives the path by which a program knows it. */
  keep(file: File, extension: string): string {
    const path = `wxfile://tmp_${++this.chosen}.${extension}`
    this.kept.set(path, file)
    return path
  }

  /** The address by which the page can draw a file, or null. */
  url(path: string): string | null {
    const file = this.kept.get(path)
    return file ? `data:${file.type};base64,${toBase64(file.bytes)}` : null
  }
}
