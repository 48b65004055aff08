import { addKeyboard } from '../keyboard'
import type { Builtin } from './define'

const ROUTES: Record<string, string> = {
  navigate: 'navigateTo', redirect: 'redirectTo', switchTab: 'switchTab', reLaunch: 'reLaunch', navigateBack: 'navigateBack',
}

export const navigator: Builtin = {
  name: 'navigator',
  hover: { class: 'navigator-hover', start: 50, stay: 600 },
  properties: { target: 'self', url: '', openType: 'navigate', delta: 1, appId: '', path: '', extraData: null, version: 'release', shortLink: '' },
  mount(node) {
    const { context, element, self, get, fire } = node
    element.setAttribute('role', 'link')
    addKeyboard(node, ['Enter'])
    self.addListener('tap', () => {
      const api = ROUTES[get<string>('openType')]
      if (!api || get<string>('target') !== 'self') return void context.host.log('warn', `<navigator open-type="${get<string>('openType')}"> is not simulated here`)
      context.navigate(api, { url: get<string>('url'), delta: get<number>('delta') }).then(
        (result) => (fire('success', result), fire('complete', result)),
        (error: unknown) => (context.host.log('warn', (error as { errMsg: string }).errMsg), fire('fail', error), fire('complete', error)),
      )
    })
  },
}
