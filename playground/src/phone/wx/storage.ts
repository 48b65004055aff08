import { HostFailure, type HostStorage } from '../../host'
import type { Context } from '../phone'
import { answer } from './answer'
import type { Family } from './index'

/** WeChat's limits, in characters: of one entry, and of all. */
const ENTRY = 1024 * 1024
const ALL = 10 * 1024 * 1024

interface StorageOptions {
  key?: string
  data?: unknown
}

export const storage: Family = (context: Context) => {
  const { life, host } = context
  // A program that is over keeps its last state.
  const store: HostStorage = {
    get: (key) => host.storage.get(key),
    keys: () => host.storage.keys(),
    set: (key, value) => void (life.over || host.storage.set(key, value)),
    remove: (key) => void (life.over || host.storage.remove(key)),
    clear: () => void (life.over || host.storage.clear()),
  }
  const size = (): number => store.keys().reduce((sum, key) => sum + (store.get(key)?.length ?? 0), 0)
  const set = (key: unknown, data: unknown): void => {
    if (typeof key !== 'string') throw new HostFailure(`parameter error: parameter.key should be String instead of ${typeof key}`)
    const text = JSON.stringify(data === undefined ? '' : data) ?? '""'
    if (text.length > ENTRY) throw new HostFailure('entry size limit reached')
    if (size() - (store.get(key)?.length ?? 0) + text.length > ALL) throw new HostFailure('exceed storage max size 10Mb')
    store.set(key, text)
  }
  const get = (key: string): unknown => {
    const text = store.get(key)
    if (text === null) throw new HostFailure('data not found')
    return JSON.parse(text) as unknown
  }
  const info = (): object => ({ keys: store.keys(), currentSize: Math.ceil(size() / 1024), limitSize: ALL / 1024 })
  const sync = <T>(api: string, work: () => T): T => {
    try {
      return work()
    } catch (error) {
      throw new Error(`${api}:fail ${(error as HostFailure).reason ?? (error as Error).message}`)
    }
  }
  return {
    setStorage: (options?: StorageOptions) => answer(context, 'setStorage', options, () => set(options?.key, options?.data)),
    getStorage: (options?: StorageOptions) => answer(context, 'getStorage', options, () => ({ data: get(String(options?.key)) })),
    removeStorage: (options?: StorageOptions) => answer(context, 'removeStorage', options, () => store.remove(String(options?.key))),
    clearStorage: (options?: object) => answer(context, 'clearStorage', options, () => store.clear()),
    getStorageInfo: (options?: object) => answer(context, 'getStorageInfo', options, info),
    setStorageSync: (key: string, data: unknown) => sync('setStorageSync', () => set(key, data)),
    getStorageSync: (key: string) => (store.get(key) === null ? '' : get(key)),
    removeStorageSync: (key: string) => store.remove(key),
    clearStorageSync: () => store.clear(),
    getStorageInfoSync: info,
  }
}
