import type { glassEasel } from 'glass-easel-miniprogram-adapter'
import type { Context } from '../phone'
import { button } from './button'
import { choiceElements } from './choice'
import { define, type Builtin } from './define'
import { form } from './form'
import { icon } from './icon'
import { image } from './image'
import { label } from './label'
import { navigator } from './navigator'
import { picker } from './picker'
import { plainElements } from './plain'
import { scrollView } from './scroll-view'
import { toggle } from './switch'
import { text } from './text'
import { input } from './text-input'
import { textarea } from './textarea'
import { view } from './view'

/** WeChat's elements that work here. */
const WORKING: Builtin[] = [view, text, button, input, textarea, image, icon, form, label, toggle, picker, scrollView, navigator, ...choiceElements]

/** Their names, as WXML has them. */
export const elementNames: readonly string[] = WORKING.map((builtin) => builtin.name)

/** Makes WeChat's elements known to the engine; every one, else `bindtap` on it would be an attribute. */
export function registerBuiltins(context: Context, space: glassEasel.ComponentSpace): void {
  for (const builtin of [...WORKING, ...plainElements]) define(context, space, builtin)
}
