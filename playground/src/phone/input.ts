import { glassEasel } from 'glass-easel-miniprogram-adapter'
import type { Context } from './phone'

type Component = glassEasel.GeneralComponent
type WindowBackend = InstanceType<typeof glassEasel.CurrentWindowBackendContext>

/** What a finger does to a disabled button is not told to anybody. */
const TAPS = new Set(['tap', 'longpress', 'longtap'])

/** The engine's word for preventDefault. */
const NO_DEFAULT = 1

/**
 * A touch that was a tap is over: the mouse events which the browser would make
 * of it come late, and would hit what the tap has just put under the finger. A
 * field needs them, for its focus.
 */
function endsTouch(event: unknown): boolean {
  const { type, target } = event as Event
  return type === 'touchend' && !(target as Element).closest('input, textarea, wx-input, wx-textarea')
}

/** Hands what happens in the window to the engine. Without it no event ever fires. */
export function forwardEvents(context: Context, backend: WindowBackend): void {
  const { life, gesture } = context
  backend.onEvent((target, type, detail, options) => {
    if (life.over || (TAPS.has(type) && disabledAt(target as Component))) return undefined
    const position = type === 'tap' ? place(detail) : detail
    const extraFields = touches(options.originalEvent)
    const trigger = (): void => glassEasel.triggerEvent(target, type, position, { ...options, extraFields })
    if (type === 'tap') gesture.during(trigger)
    else trigger()
    return type === 'tap' && endsTouch(options.originalEvent) ? NO_DEFAULT : undefined
  })
  // A click without a press comes from a screen reader or a script.
  life.listen(document.body, 'click', (event: MouseEvent) => {
    const element = event.detail === 0 ? owner(event.target as Node) : null
    if (element) tap(context, element)
  }, { capture: true })
}

/** Taps an element as a finger would; a disabled button stays silent. */
export function tap({ gesture }: Context, element: Component): void {
  if (disabledAt(element)) return
  const { left = 0, top = 0, width = 0, height = 0 } = (element.$$ as unknown as HTMLElement | null)?.getBoundingClientRect() ?? {}
  const detail = { x: left + width / 2, y: top + height / 2 }
  const extraFields = { touches: [], changedTouches: [] }
  gesture.during(() => glassEasel.triggerEvent(element, 'tap', detail, { bubbles: true, composed: true, capturePhase: true, extraFields }))
}

/** The engine's element that a node of the page belongs to. */
function owner(node: Node | null): Component | null {
  for (let at = node; at; at = at.parentNode) {
    const element = (at as { __wxElement?: Component }).__wxElement
    if (element) return element
  }
  return null
}

function disabledAt(target: Component): boolean {
  const node = target.$$ as unknown as HTMLElement | null
  return Boolean(node?.closest?.('wx-button[disabled]'))
}

function place(detail: unknown): object {
  const { x = 0, y = 0 } = detail as { x?: number; y?: number }
  return { x, y }
}

function touches(event: unknown): Record<string, unknown> {
  const list = (all: TouchList | undefined): object[] =>
    Array.from(all ?? []).map(({ identifier, pageX, pageY, clientX, clientY }) => ({ identifier, pageX, pageY, clientX, clientY }))
  const { touches: held, changedTouches } = (event ?? {}) as Partial<TouchEvent>
  return { touches: list(held), changedTouches: list(changedTouches) }
}
