import type { Phone } from '../host'
import type { ProgramApp } from './app'
import type { Context, EnterOptions } from './phone'
import type { Router } from './router'
import { themeOf } from './theme'
import type { NetworkCalls } from './wx/calls'

/** The handle of a running phone. */
export function control(context: Context, app: ProgramApp, router: Router, calls: NetworkCalls, entered: { launch: EnterOptions; last: EnterOptions }): Phone {
  const { life, events, program, screen } = context
  let inFront = true
  return {
    get route() {
      return router.top?.url.path ?? ''
    },
    background() {
      if (!inFront || life.over) return
      inFront = false
      router.top?.hide()
      app.hide()
      calls.background()
    },
    foreground() {
      if (inFront || life.over) return
      inFront = true
      calls.foreground()
      const { path, query } = router.top?.url ?? entered.launch
      entered.last = { ...entered.launch, path, query }
      app.show(entered.last)
      router.top?.show()
    },
    setNetwork({ isConnected, networkType }) {
      if (!life.over) events.network.tell({ isConnected, networkType })
    },
    setTheme(wanted) {
      const theme = themeOf(program.app, wanted)
      if (life.over || theme === context.theme) return
      context.theme = theme
      screen.setTheme(theme)
      router.showBars()
      app.call('onThemeChange', { theme })
      events.theme.tell({ theme })
    },
    destroy() {
      life.end()
    },
  }
}
