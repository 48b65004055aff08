import type { Context } from '../phone'
import type { NavigateOptions, Router } from '../router'
import { answer } from './answer'
import type { Family } from './index'

const WAYS = ['navigateTo', 'redirectTo', 'reLaunch', 'switchTab', 'navigateBack'] as const

/** The ways between pages, and what a page does to its bars. */
export const navigation: Family = (context: Context, { router }) => {
  const { bar, tabs, pages } = context.screen
  const simple = (api: string, work: (options: Record<string, any>) => void) => [
    api, (options?: object) => answer(context, api, options, () => work(options ?? {})),
  ] as const
  return Object.fromEntries([
    ...WAYS.map((api) => [api, (options?: NavigateOptions) => answer(context, api, options, async () => {
      // Not before the caller is done: a page may send the user on in its onLoad.
      await undefined
      return router().go(api, options ?? {})
    })] as const),
    simple('setNavigationBarTitle', ({ title }) => bar.setTitle(String(title ?? ''))),
    simple('setNavigationBarColor', ({ frontColor, backgroundColor }) => bar.setColor(frontColor, backgroundColor)),
    simple('showNavigationBarLoading', () => bar.setLoading(true)),
    simple('hideNavigationBarLoading', () => bar.setLoading(false)),
    simple('showTabBar', () => tabs.hide(false)),
    simple('hideTabBar', () => tabs.hide(true)),
    simple('startPullDownRefresh', () => router().top?.refresh()),
    simple('stopPullDownRefresh', () => void pages.toggleAttribute('data-refreshing', false)),
    simple('pageScrollTo', ({ scrollTop, selector }) => scroll(router(), scrollTop, selector)),
  ])
}

function scroll(router: Router, top: number | undefined, selector: string | undefined): void {
  const page = router.top
  const target = selector ? (page?.root.getComponent().getShadowRoot()?.querySelector(selector)?.$$ as unknown as Element | undefined) : undefined
  if (target) target.scrollIntoView({ behavior: 'smooth' })
  else if (page) page.element.scrollTop = Number(top ?? 0)
}
