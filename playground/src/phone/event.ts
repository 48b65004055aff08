import type { Element } from 'glass-easel'

interface EngineEvent {
  type: string
  timeStamp: number
  detail: unknown
  mark: unknown
  target: unknown
  currentTarget: unknown
  extraFields?: Record<string, unknown>
}

/**
 * How a handler named in WXML is called: with an event as WeChat makes it, a
 * plain object, and not with the engine's, which holds the elements.
 */
export function wrapEvent(caller: unknown, event: EngineEvent, handler: (event: unknown) => unknown): unknown {
  const { type, timeStamp, detail, mark } = event
  return handler.call(caller, {
    type, timeStamp, detail, mark: mark ?? {}, target: told(event.target), currentTarget: told(event.currentTarget), ...event.extraFields,
  })
}

function told(target: unknown): object {
  const caller = target as { id?: string; dataset?: object; _$?: Element } & Element
  const element = (caller._$ ?? caller).$$ as unknown as HTMLElement | null
  return { id: caller.id ?? '', dataset: { ...caller.dataset }, offsetLeft: element?.offsetLeft ?? 0, offsetTop: element?.offsetTop ?? 0 }
}
