import type { Context, EnterOptions } from './phone'

/** What a program gives to App(). */
export type AppInstance = Record<string, unknown>

/** The program's App: its object, and its lifecycles. */
export class ProgramApp {
  instance: AppInstance | undefined

  constructor(private readonly context: Context) {}

  /** The global App. */
  readonly register = (definition: AppInstance): void => {
    if (this.instance) this.context.host.log('warn', 'App() was called twice; the first one counts')
    else this.instance = definition
  }

  launch(options: EnterOptions): void {
    // A program without App() still has one.
    this.instance ??= {}
    this.call('onLaunch', options)
    this.show(options)
  }

  show(options: EnterOptions): void {
    this.call('onShow', options)
    this.context.events.show.tell(options)
  }

  hide(): void {
    this.call('onHide', {})
    this.context.events.hide.tell({})
  }

  call(name: string, value: unknown): void {
    const method = this.instance?.[name]
    if (typeof method !== 'function' || this.context.life.over) return
    try {
      method.call(this.instance, value)
    } catch (error) {
      // What onError throws must not come back to it.
      if (name === 'onError') this.context.host.log('error', String(error))
      else this.context.fault(error)
    }
  }
}
