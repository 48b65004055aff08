import type { Page } from './page'

/** In px: how far a page is pulled before it refreshes. */
const FAR = 70

/** Refreshes a page that wants it when it is pulled down from its top, by a finger or a mouse. */
export function addPullDown(page: Page, refresh: () => void): void {
  const { element } = page
  let from: number | null = null
  element.addEventListener('pointerdown', ({ clientY }) => {
    from = element.scrollTop <= 0 && page.config.enablePullDownRefresh ? clientY : null
  })
  element.addEventListener('pointermove', ({ clientY }) => {
    if (from === null || clientY - from < FAR) return
    from = null
    refresh()
  })
  for (const type of ['pointerup', 'pointercancel', 'pointerleave']) element.addEventListener(type, () => (from = null))
}
