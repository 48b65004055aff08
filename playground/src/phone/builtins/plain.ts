import { MISSING } from '../../compiler/builtins'
import type { Builtin } from './define'

/** Elements that only hold others here: what they would do in WeChat is not simulated, and the compiler says so. */
export const plainElements: Builtin[] = [...MISSING].map((name) => ({ name }))
