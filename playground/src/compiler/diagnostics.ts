/** A fault of the mini program, told as "file:line: what". Lines count from 1. */
export class CompileError extends Error {
  constructor(
    readonly file: string,
    readonly line: number | null,
    readonly what: string,
  ) {
    super(`${file}${line ? `:${line}` : ''}: ${what}`)
    this.name = 'CompileError'
  }
}

/** Collects what is wrong, so that one build names every fault and not only the first. */
export class Diagnostics {
  readonly warnings: string[] = []
  private readonly errors: CompileError[] = []

  warn(file: string, line: number | null, what: string): void {
    const text = new CompileError(file, line, what).message
    if (!this.warnings.includes(text)) this.warnings.push(text)
  }

  error(error: CompileError): void {
    if (!this.errors.some((other) => other.message === error.message)) this.errors.push(error)
  }

  /** Runs a step; a CompileError is kept and the step gives undefined. */
  attempt<T>(step: () => T): T | undefined {
    try {
      return step()
    } catch (error) {
      if (!(error instanceof CompileError)) throw error
      this.error(error)
      return undefined
    }
  }

  /** Throws one Error with all messages, a line each, if there was any. */
  throwIfAny(): void {
    if (this.errors.length > 0) throw new Error(this.errors.map((e) => e.message).join('\n'))
  }
}
