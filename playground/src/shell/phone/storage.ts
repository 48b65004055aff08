import type { HostStorage } from '../../host'

/** The part of localStorage that is used, so that a page without one can have a Map. */
export type Keeper = Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'key' | 'length'>

/** A phone's storage inside the browser's, one for each person and app. */
export function phoneStorage(keeper: Keeper, person: string, appid: string): HostStorage {
  return storageUnder(keeper, `hufu-phone/${encodeURIComponent(person)}/${appid}/`)
}

/** What a person has granted an app, which the program itself cannot touch. */
export function grantStorage(keeper: Keeper, person: string, appid: string): HostStorage {
  return storageUnder(keeper, `hufu-grants/${encodeURIComponent(person)}/${appid}/`)
}

function storageUnder(keeper: Keeper, prefix: string): HostStorage {
  const keys = (): string[] => {
    const found: string[] = []
    for (let i = 0; i < keeper.length; i++) {
      const key = keeper.key(i)
      if (key?.startsWith(prefix)) found.push(key.slice(prefix.length))
    }
    return found
  }
  return {
    get: (key) => keeper.getItem(prefix + key),
    set: (key, value) => keeper.setItem(prefix + key, value),
    remove: (key) => keeper.removeItem(prefix + key),
    keys,
    clear: () => keys().forEach((key) => keeper.removeItem(prefix + key)),
  }
}

/** localStorage; where the browser forbids it, memory that ends with the page. */
export function browserKeeper(): Keeper {
  try {
    const probe = 'hufu-probe'
    localStorage.setItem(probe, '1')
    localStorage.removeItem(probe)
    return localStorage
  } catch {
    return new MemoryKeeper()
  }
}

export class MemoryKeeper implements Keeper {
  readonly #map = new Map<string, string>()
  get length(): number {
    return this.#map.size
  }
  key(index: number): string | null {
    return [...this.#map.keys()][index] ?? null
  }
  getItem(key: string): string | null {
    return this.#map.get(key) ?? null
  }
  setItem(key: string, value: string): void {
    this.#map.set(key, value)
  }
  removeItem(key: string): void {
    this.#map.delete(key)
  }
}
