import { existsSync, readdirSync, statSync, watch, type FSWatcher } from 'node:fs'
import path from 'node:path'

/** In ms: editors write a file in several steps. */
const SETTLE = 60

/** Builds anew when something in a folder or in the files of the last build changes. */
export class Watcher {
  private readonly watched = new Map<string, FSWatcher>()
  private changed: () => void = () => {}

  constructor(private readonly dir: string) {}

  /** Runs `build` at once and after every change, never two at a time, until `ended`. It gives the files it read. */
  async run(build: () => Promise<string[]>, ended: Promise<void>): Promise<void> {
    let over = false
    const end = ended.then(() => {
      over = true
    })
    // Watched before the build, else what changes during it would be missed.
    this.follow([])
    while (!over) {
      const change = new Promise<void>((resolve) => {
        this.changed = resolve
      })
      this.follow(await build())
      await Promise.race([change, end])
      if (!over) await new Promise((resolve) => setTimeout(resolve, SETTLE))
    }
    for (const watcher of this.watched.values()) watcher.close()
  }

  private follow(files: string[]): void {
    const wanted = new Set([...folders(path.resolve(this.dir)), ...files.map((file) => path.dirname(file))])
    for (const [folder, watcher] of this.watched) {
      if (wanted.has(folder)) continue
      watcher.close()
      this.watched.delete(folder)
    }
    for (const folder of wanted) {
      if (this.watched.has(folder) || !existsSync(folder)) continue
      const watcher = watch(folder, (_, name) => {
        if (!name?.endsWith('.part')) this.changed()
      })
      watcher.on('error', () => this.watched.delete(folder))
      this.watched.set(folder, watcher)
    }
  }
}

function folders(dir: string): string[] {
  if (!existsSync(dir) || !statSync(dir).isDirectory()) return []
  const below = readdirSync(dir, { withFileTypes: true }).filter((e) => e.isDirectory() && !e.name.startsWith('.') && e.name !== 'node_modules')
  return [dir, ...below.flatMap((entry) => folders(path.join(dir, entry.name)))]
}
