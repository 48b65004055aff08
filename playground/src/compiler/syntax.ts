import { Script } from 'node:vm'
import { CompileError } from './diagnostics'

/**
 * Throws a CompileError with the line, if a module's code is no JavaScript.
 * Runs nothing. `above` is how many lines of the file come before the code.
 */
export function checkSyntax(file: string, code: string, above = 0): void {
  try {
    new Script(`(function(require,module,exports){${code}\n})`, { filename: 'module' })
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    const line = /^module:(\d+)/.exec(error.stack ?? '')?.[1]
    throw new CompileError(file, line ? above + Math.min(Number(line), code.split('\n').length) : null, error.message)
  }
}
