import type { Builtin, Node } from './define'

export const scrollView: Builtin = {
  name: 'scroll-view',
  properties: {
    scrollX: false, scrollY: false, upperThreshold: 50, lowerThreshold: 50, scrollTop: null, scrollLeft: null, scrollIntoView: '', scrollWithAnimation: false,
    enableBackToTop: false, enableFlex: false, scrollAnchoring: false, refresherEnabled: false, refresherTriggered: false, enhanced: false, bounces: true,
    showScrollbar: true, pagingEnabled: false, fastDeceleration: false, type: 'list',
  },
  mount(node) {
    const { element, get, fire } = node
    let last = { top: 0, left: 0 }
    element.addEventListener('scroll', () => {
      const { scrollTop, scrollLeft, scrollHeight, scrollWidth } = element
      const [deltaY, deltaX] = [last.top - scrollTop, last.left - scrollLeft]
      fire('scroll', { scrollTop, scrollLeft, scrollHeight, scrollWidth, deltaX, deltaY })
      const lower = get<number>('lowerThreshold')
      const upper = get<number>('upperThreshold')
      if (deltaY < 0 && scrollHeight - scrollTop - element.clientHeight <= lower) fire('scrolltolower', { direction: 'bottom' })
      if (deltaY > 0 && scrollTop <= upper) fire('scrolltoupper', { direction: 'top' })
      if (deltaX < 0 && scrollWidth - scrollLeft - element.clientWidth <= lower) fire('scrolltolower', { direction: 'right' })
      if (deltaX > 0 && scrollLeft <= upper) fire('scrolltoupper', { direction: 'left' })
      last = { top: scrollTop, left: scrollLeft }
    })
    return (changed) => {
      element.style.overflowX = get<boolean>('scrollX') ? 'auto' : 'hidden'
      element.style.overflowY = get<boolean>('scrollY') ? 'auto' : 'hidden'
      // A place that scrolls must be within the reach of the keyboard.
      if (get<boolean>('scrollX') || get<boolean>('scrollY')) element.tabIndex = 0
      position(node, changed)
    }
  },
}

function position({ element, get }: Node, changed: string | null): void {
  const behavior = get<boolean>('scrollWithAnimation') ? 'smooth' : 'auto'
  if ((changed === null || changed === 'scrollTop') && get('scrollTop') !== null) element.scrollTop = Number(get('scrollTop'))
  if ((changed === null || changed === 'scrollLeft') && get('scrollLeft') !== null) element.scrollLeft = Number(get('scrollLeft'))
  const into = get<string>('scrollIntoView')
  if (into && changed === 'scrollIntoView') {
    ;[...element.querySelectorAll('[id]')].find((one) => one.id.endsWith(`--${into}`))?.scrollIntoView({ behavior, block: 'start' })
  }
}
