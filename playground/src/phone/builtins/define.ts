import { glassEasel } from 'glass-easel-miniprogram-adapter'
import { addHover } from '../hover'
import type { Context } from '../phone'
import { ARIA, reflectAria } from '../aria'

export type Component = glassEasel.GeneralComponent
type Space = glassEasel.ComponentSpace

/** A property with its default; the type is told by the default, `null` takes anything. */
export type Properties = Record<string, string | number | boolean | null | unknown[]>

/** One element as a built-in sees it. */
export interface Node {
  context: Context
  /** The element of the engine: its `data` holds the properties. */
  self: Component
  /** Its element in the page. */
  element: HTMLElement
  /** What a property is now. */
  get<T>(property: string): T
  /** Sets a property from within, which `model:` hears. */
  set(property: string, value: unknown): void
  /** Fires an event of this element that does not bubble; what the handler returns goes to `returned`. */
  fire(type: string, detail: unknown, returned?: (value: unknown) => void): void
}

/** One of WeChat's elements. */
export interface Builtin {
  name: string
  properties?: Properties
  /** The default of hover-class and the times of it, where the element has any. */
  hover?: { class: string; start: number; stay: number }
  /** Called once when the element is in the page. What it gives is called at once and at each change of a property. */
  mount?(node: Node): ((changed: string | null) => void) | void
}

/** Makes a built-in known to the engine. */
export function define(context: Context, space: Space, builtin: Builtin): void {
  const hover: Properties = builtin.hover
    ? { hoverClass: builtin.hover.class, hoverStartTime: builtin.hover.start, hoverStayTime: builtin.hover.stay, hoverStopPropagation: false }
    : {}
  const properties: Properties = { hidden: false, name: '', ...ARIA, ...hover, ...builtin.properties }
  const tag = `wx-${builtin.name}`
  let definition = space.define(tag).options({ styleScope: glassEasel.StyleScopeManager.globalScope(), virtualHost: false }) as never as Definition
  for (const [property, value] of Object.entries(properties)) definition = definition.property(property, { type: typeOf(value), value })
  definition = definition.init(function ({ self, lifetime, observer }) {
    let update: ((changed: string | null) => void) | null = null
    const change = (property: string): void => update?.(property)
    for (const property of Object.keys(properties)) observer(property, () => change(property))
    lifetime('attached', () => {
      if (update) return
      const node = nodeOf(context, self)
      if (builtin.hover) addHover(node)
      const own = builtin.mount?.(node)
      update = (changed) => {
        node.element.toggleAttribute('hidden', Boolean(node.get('hidden')))
        reflectAria(node)
        own?.(changed)
      }
      update(null)
    })
  })
  space.setGlobalUsingComponent(tag, definition.registerComponent().general() as never)
}

function nodeOf(context: Context, self: Component): Node {
  return {
    context,
    self,
    element: self.$$ as unknown as HTMLElement,
    get: <T>(property: string) => self.data[property] as T,
    set: (property, value) => self.setData({ [property]: value }),
    fire(type, detail, returned) {
      if (context.life.over) return
      const handleListenerReturn = (value: unknown): boolean | void => returned?.(value)
      self.triggerEvent(type, detail, { bubbles: false, handleListenerReturn })
    },
  }
}

function typeOf(value: Properties[string]): unknown {
  if (value === null) return null
  if (Array.isArray(value)) return Array
  return { string: String, number: Number, boolean: Boolean }[typeof value as 'string']
}

/** The part of the engine's builder that is used here; its own types follow every property along. */
interface Definition {
  property(name: string, options: { type: unknown; value: unknown }): Definition
  init(init: (context: {
    self: Component
    lifetime(name: string, listener: () => void): void
    observer(property: string, listener: () => void): void
  }) => void): Definition
  registerComponent(): { general(): unknown }
}
