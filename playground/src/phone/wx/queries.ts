import type { Context } from '../phone'
import type { Family } from './index'

/** Queries of the page in front; `in` goes to another component. */
export const queries: Family = (_: Context, { router }) => ({
  createSelectorQuery: () => router().top?.instance.createSelectorQuery(),
  createIntersectionObserver: (component?: { createIntersectionObserver(options?: object): unknown }, options?: object) =>
    (component ?? router().top?.instance)?.createIntersectionObserver(options as never),
})
