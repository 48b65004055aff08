import type { Builtin } from './define'

export const view: Builtin = { name: 'view', hover: { class: 'none', start: 50, stay: 400 } }
