import { h } from '../dom'
import type { Controls } from '../controls'
import type { I18n, TextKey } from '../lang/i18n'
import type { Store, World } from '../state'
import type { Boot } from '../wire/boot'
import type { Seen } from '../seen'

/** What every panel is made with. */
export interface PanelContext {
  boot: Boot
  i18n: I18n
  world: Store<World>
  controls: Controls
  seen: Seen
  /** Runs a change and says so where it fails. */
  run(change: () => Promise<void> | void): void
}

export interface Panel {
  root: HTMLElement
  /** Where the present state stands. */
  state: HTMLElement
  body: HTMLElement
}

/** A panel's frame: a title and, beside it, how things are. */
export function panel({ i18n }: PanelContext, name: string, title: TextKey): Panel {
  const state = h('span', { class: 'panel-state', 'data-testid': `${name}-state` })
  const heading = i18n.text(h('h3', { id: `panel-${name}` }), title)
  const body = h('div', { class: 'panel-body' })
  const root = h('section', { class: 'panel', 'aria-labelledby': heading.id, 'data-testid': `panel-${name}` },
    h('div', { class: 'panel-head' }, heading, state), body)
  return { root, state, body }
}

export interface Choice {
  testid: string
  label: TextKey
  /** What will happen and what to do on the phone to see it. */
  text: TextKey
  chosen(world: World): boolean
  choose(): Promise<void> | void
}

/**
 * A row of buttons of which one at most is pressed, with a sentence about the
 * one that is chosen, or that the pointer or the focus is on.
 */
export function choices(context: PanelContext, label: TextKey, list: readonly Choice[]): HTMLElement {
  const { i18n, world } = context
  let looked: Choice | null = null
  const text = h('p', { class: 'panel-text' })
  const say = (): void => {
    const shown = looked ?? list.find((c) => c.chosen(world.get())) ?? null
    text.textContent = shown ? i18n.t(shown.text) : ''
  }
  const look = (choice: Choice | null) => (): void => {
    looked = choice
    say()
  }
  const group = i18n.attribute(h('div', { class: 'choices', role: 'group' }), 'aria-label', label)
  for (const choice of list) {
    const button = h('button', {
      type: 'button', class: 'choice', 'data-testid': choice.testid, onclick: () => context.run(choice.choose),
      onpointerenter: look(choice), onpointerleave: look(null), onfocus: look(choice), onblur: look(null),
    })
    i18n.text(button, choice.label)
    i18n.attribute(button, 'title', choice.text)
    world.watch((now) => button.setAttribute('aria-pressed', String(choice.chosen(now))))
    group.append(button)
  }
  world.watch(say)
  i18n.bind(say)
  return h('div', {}, group, text)
}

export interface Act {
  testid: string
  label: TextKey
  text: TextKey
  act(): Promise<void> | void
  /** Where it can be done; default always. */
  possible?(world: World): boolean
  /** What is pressed, for a switch that is on or off. */
  pressed?(world: World): boolean
  params?(world: World): Record<string, string>
}

/** One button and the sentence that goes with it. */
export function act(context: PanelContext, what: Act): HTMLElement {
  const { i18n, world } = context
  const text = i18n.text(h('p', { class: 'panel-text', id: `text-${what.testid}` }), what.text)
  const button = h('button', {
    type: 'button', class: 'act', 'data-testid': what.testid, 'aria-describedby': text.id, onclick: () => context.run(what.act),
  })
  const show = (): void => {
    const now = world.get()
    button.textContent = i18n.t(what.label, what.params?.(now))
    if (what.pressed) button.setAttribute('aria-pressed', String(what.pressed(now)))
    // Not `disabled`: a button that loses the focus by being pressed strands the keyboard.
    button.setAttribute('aria-disabled', String(what.possible?.(now) === false))
  }
  world.watch(show)
  i18n.bind(show)
  return h('div', { class: 'act-row' }, button, text)
}
