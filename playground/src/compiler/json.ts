import { CompileError } from './diagnostics'

/** Parses a JSON file that must hold an object. Throws a CompileError with the line of the fault. */
export function parseJson(file: string, text: string): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    const at = new Scanner(text).firstFault()
    throw new CompileError(file, lineAt(text, at), at >= text.length ? 'the JSON ends too early' : `unexpected ${JSON.stringify(text[at])} in JSON`)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new CompileError(file, 1, 'must hold a JSON object')
  return value as Record<string, unknown>
}

/** The line, from 1, of an offset. */
export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length
}

/** The line of the first `"key"` in a JSON text, or null. */
export function lineOfKey(text: string, key: string): number | null {
  const at = text.indexOf(JSON.stringify(key))
  return at < 0 ? null : lineAt(text, at)
}

/** Finds where a text stops being JSON: engines don't tell the place in all their messages. */
class Scanner {
  private at = 0

  constructor(private readonly text: string) {}

  firstFault(): number {
    this.value()
    this.space()
    return this.at
  }

  private value(): boolean {
    this.space()
    const c = this.text[this.at]
    if (c === '{') return this.list('}', () => this.token(/"(?:[^"\\\u0000-\u001f]|\\.)*"/y) && this.punctuation(':') && this.value())
    if (c === '[') return this.list(']', () => this.value())
    return this.token(/"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y)
  }

  private list(close: string, item: () => boolean): boolean {
    this.at++
    if (this.punctuation(close)) return true
    do {
      if (!item()) return false
    } while (this.punctuation(','))
    return this.punctuation(close)
  }

  private punctuation(c: string): boolean {
    this.space()
    if (this.text[this.at] !== c) return false
    this.at++
    return true
  }

  private token(pattern: RegExp): boolean {
    this.space()
    pattern.lastIndex = this.at
    const match = pattern.exec(this.text)
    if (!match) return false
    this.at += match[0].length
    return true
  }

  private space(): void {
    while (' \t\r\n'.includes(this.text[this.at] ?? 'x')) this.at++
  }
}
