import { component, glassEasel, MiniProgramEnv, type AssociatedBackend, type CodeSpace } from 'glass-easel-miniprogram-adapter'
import { registerBuiltins } from './builtins'
import { wrapEvent } from './event'
import { forwardEvents } from './input'
import type { Context } from './phone'
import type { ProgramCode } from './program'
import { convertInlineStyles } from './inline-style'
import { fitForView } from './setdata'

/** The page engine with one program in it. */
export interface Engine {
  codeSpace: CodeSpace
  backend: AssociatedBackend
}

type ComponentTemplate = Parameters<CodeSpace['addCompiledTemplate']>[1]

/** Boots glass-easel with our built-in elements and the program's templates, configs and styles. */
export function bootEngine(context: Context, { templates }: ProgramCode): Engine {
  const { program } = context
  glassEasel.globalOptions.writeIdToDOM = true
  listenToEngine(context)
  guardSetData(context)
  convertInlineStyles(context)
  const env = new MiniProgramEnv()
  const codeSpace = env.createCodeSpace('', true)
  registerBuiltins(context, codeSpace.getComponentSpace())
  tellReady(context, codeSpace)
  const window = new glassEasel.CurrentWindowBackendContext()
  const backend = env.associateBackend(window)
  forwardEvents(context, window)
  for (const [path, config] of Object.entries(program.components)) {
    const usingComponents = { ...program.app.usingComponents, ...config.usingComponents }
    codeSpace.addComponentStaticConfig(path, { ...config, usingComponents } as never)
    // Only its name: the styles themselves are all in the page from the start.
    codeSpace.addStyleSheet(path, path, program.scopes[path])
    backend.registerStyleSheetContent(path, '')
    codeSpace.addCompiledTemplate(path, {
      groupList: templates, content: withEvents(templates[path] as TemplateGroup), fallbackListenerOnNativeNode: true,
    } as ComponentTemplate)
  }
  addStyles(context)
  return { codeSpace, backend }
}

type Wrapper = { setEventListenerWrapper(wrapper: typeof wrapEvent): void }
type TemplateGroup = (name: string) => (wrapper: Wrapper, ...rest: unknown[]) => unknown

/** Makes the handlers of a template get events as WeChat makes them. */
function withEvents(group: TemplateGroup): TemplateGroup {
  return (name) => {
    const generate = group(name)
    return (wrapper, ...rest) => {
      wrapper.setEventListenerWrapper(wrapEvent)
      return generate(wrapper, ...rest)
    }
  }
}

function addStyles({ program, life }: Context): void {
  for (const [path, css] of Object.entries(program.styles)) {
    const style = document.createElement('style')
    style.dataset.path = path
    style.textContent = css
    document.head.append(style)
    life.onEnd(() => style.remove())
  }
}

function listenToEngine({ life, host, fault }: Context): void {
  const onError = (error: unknown): boolean => {
    if (!life.over) fault(error)
    return false
  }
  const onWarning = (message: string): boolean => {
    if (!life.over) host.log('warn', message)
    return false
  }
  glassEasel.addGlobalErrorListener(onError)
  glassEasel.addGlobalWarningListener(onWarning)
  life.onEnd(() => {
    glassEasel.removeGlobalErrorListener(onError)
    glassEasel.removeGlobalWarningListener(onWarning)
  })
}

/** setData as strict as WeChat's, and deaf once the program is over. */
function guardSetData({ life, host }: Context): void {
  const { prototype } = component.ComponentCaller
  const original = prototype.setData as (data: Record<string, unknown>, callback?: () => void) => void
  prototype.setData = function (this: unknown, data: unknown, callback?: () => void) {
    if (life.over) return
    original.call(this, fitForView(data, (what) => host.log('warn', `${(this as { is: string }).is}: ${what}`)), callback)
  } as typeof prototype.setData
  life.onEnd(() => {
    prototype.setData = original as typeof prototype.setData
  })
}

/** The engine leaves it to its surroundings to say when a component is `ready`. */
function tellReady({ life }: Context, codeSpace: CodeSpace): void {
  const behavior = codeSpace.getComponentSpace().define()
    .lifetime('attached', function () {
      // The engine calls it on what the program knows as `this`.
      const caller = this as unknown as { _$?: glassEasel.GeneralComponent }
      const self = caller._$ ?? (this as unknown as glassEasel.GeneralComponent)
      queueMicrotask(() => {
        if (!life.over) self.triggerLifetime('ready', [])
      })
    })
    .registerBehavior()
  codeSpace.setOverallBehavior(behavior.general() as never)
}
