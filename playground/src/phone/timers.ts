import type { Life } from './life'

/** The timers a program gets: what they throw is told, and none outlives the program. */
export function programTimers(life: Life, fault: (error: unknown) => void) {
  const running = new Set<number>()
  const guarded = (id: { value: number }, once: boolean, work: unknown, args: unknown[]) => () => {
    if (once) running.delete(id.value)
    if (life.over || typeof work !== 'function') return
    try {
      work(...args)
    } catch (error) {
      fault(error)
    }
  }
  const start = (once: boolean) => (work: unknown, ms?: number, ...args: unknown[]): number => {
    const id = { value: 0 }
    if (life.over) return 0
    const begin = (once ? window.setTimeout : window.setInterval) as (work: () => void, ms?: number) => number
    id.value = begin(guarded(id, once, work, args), ms)
    running.add(id.value)
    return id.value
  }
  const stop = (id?: number): void => {
    running.delete(id!)
    window.clearTimeout(id)
  }
  life.onEnd(() => running.forEach(stop))
  return { setTimeout: start(true), setInterval: start(false), clearTimeout: stop, clearInterval: stop }
}
