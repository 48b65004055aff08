import { realpathSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { run } from './command'

export { compile, type Compiled } from './compile'

if (process.argv[1] && realpathSync(process.argv[1]) === realpathSync(fileURLToPath(import.meta.url))) {
  process.exit(await run(process.argv.slice(2)))
}
