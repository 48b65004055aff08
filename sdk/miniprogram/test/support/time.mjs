// Time that moves only when a test says so.

/** Lets every promise that can go on go on. */
export const settle = () => new Promise((resolve) => setImmediate(resolve))

export class VirtualTime {
  now = 1_800_000_000_000
  #timers = new Map()
  #next = 1

  setTimeout = (callback, ms = 0) => {
    const id = this.#next++
    this.#timers.set(id, { at: this.now + Math.max(0, ms), id, callback })
    return id
  }

  clearTimeout = (id) => { this.#timers.delete(id) }

  /** When the next timer goes off; undefined: none will. */
  get next() {
    let first
    for (const timer of this.#timers.values()) if (!first || timer.at < first.at) first = timer
    return first?.at
  }

  #fire() {
    let first
    for (const timer of this.#timers.values()) if (!first || timer.at < first.at || (timer.at === first.at && timer.id < first.id)) first = timer
    this.#timers.delete(first.id)
    this.now = Math.max(this.now, first.at)
    first.callback()
  }

  /** Lets so much time pass, with all that happens in it. */
  async advance(ms) {
    const end = this.now + ms
    await settle()
    while (this.next !== undefined && this.next <= end) {
      this.#fire()
      await settle()
    }
    this.now = end
  }

  /** Lets time pass until the promise is settled, and gives or throws its outcome. */
  async until(promise, atMost = 3_600_000) {
    let outcome
    promise.then((value) => { outcome = { value } }, (error) => { outcome = { error } })
    const end = this.now + atMost
    await settle()
    while (!outcome) {
      if (this.next === undefined) throw new Error('this would never end: nothing is left to happen')
      if (this.next > end) throw new Error(`not ended after ${atMost} ms`)
      this.#fire()
      await settle()
    }
    if ('error' in outcome) throw outcome.error
    return outcome.value
  }
}

/** Random numbers that a seed repeats (mulberry32). */
export function dice(seed) {
  let a = seed >>> 0
  const random = () => {
    a = (a + 0x6d2b79f5) | 0
    let t = Math.imul(a ^ (a >>> 15), 1 | a)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
  return {
    random,
    chance: (p) => random() < p,
    below: (n) => Math.floor(random() * n),
    pick: (list) => list[Math.floor(random() * list.length)],
  }
}
