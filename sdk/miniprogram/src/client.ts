import type { Answer } from './answer.js'
import { isObject } from './answer.js'
import { Caller } from './call.js'
import { Cancel } from './cancel.js'
import type { Context } from './context.js'
import { asHufuError, HufuError, invalid } from './errors.js'
import { sessionOf } from './held.js'
import type { Consent, Inside } from './inside.js'
import { Keeper } from './keeper.js'
import { afterAnswer, beforeSending, callOf, outgoingRequest, outgoingUpload } from './outgoing.js'
import { isFinal } from './refresh.js'
import { taskOf } from './task.js'
import type {
  Events, Hufu, Interceptor, Method, Outgoing, RequestOptions, Response, Session, SessionItem, SessionStatus, Task, UploadOptions, User,
} from './types.js'

/** As many pages of sessions are read at most; the server allows far fewer sessions. */
const pages = 20

/** The client over a configuration that is right. */
export class Client implements Hufu, Inside {
  private readonly keeper: Keeper
  private readonly caller: Caller
  private readonly resumed: Promise<void>
  private hooks: Interceptor[] = []

  constructor(private readonly context: Context) {
    this.keeper = new Keeper(context)
    this.caller = new Caller(context, this.keeper)
    this.resumed = this.keeper.resume()
  }

  get session(): Session | null {
    const { held } = this.context.store
    return held && sessionOf(held)
  }

  ready(): Promise<void> {
    return this.resumed
  }

  login(options?: { force?: boolean }): Promise<Session> {
    return this.task(async () => {
      await this.keeper.begun()
      return sessionOf(await (options?.force ? this.keeper.login(true) : this.keeper.acquire()))
    })
  }

  request<T>(options: RequestOptions): Task<Response<T>> {
    return this.send(options, () => outgoingRequest(this.context.config, options))
  }

  upload<T>(options: UploadOptions): Task<Response<T>> {
    return this.send(Object.assign({ idempotent: false }, options), () => outgoingUpload(this.context.config, options))
  }

  me(): Promise<User> {
    const before = this.session?.sessionId
    return this.task(async (cancel, epoch) => {
      const { data } = await this.ask('GET', '/v1/me', 'login', cancel, epoch)
      return this._keep(object(data) as unknown as User, before)
    })
  }

  _keep(user: User, before?: string): User {
    const { store } = this.context
    const { held } = store
    // A merge gives the same person another id in the middle of a session.
    if (held && (held.user.id === user.id || held.sessionId === before)) {
      held.user = user
      void store.save()
    }
    return user
  }

  _forget(): Promise<void> {
    return this.keeper.logout(() => Promise.resolve())
  }

  _consent(consent: () => Consent | undefined): void {
    this.context.config.consent = consent
  }

  checkSession(options?: { wechat?: boolean }): Promise<SessionStatus> {
    return this.task(async (cancel, epoch) => {
      try {
        const { data } = await this.ask('GET', options?.wechat ? '/v1/session?wechat=true' : '/v1/session', 'held', cancel, epoch)
        return object(data) as unknown as SessionStatus
      } catch (thrown) {
        const error = asHufuError(thrown, 'invalid_response')
        if (this.isOver(error)) return { active: false, code: error.code }
        throw error
      }
    })
  }

  sessions(): Promise<SessionItem[]> {
    return this.task(async (cancel, epoch) => {
      const all: SessionItem[] = []
      let cursor: unknown = null
      for (let page = 0; page < pages; page++) {
        const path: string = typeof cursor === 'string' ? `/v1/sessions?cursor=${encodeURIComponent(cursor)}` : '/v1/sessions'
        const list = object((await this.ask('GET', path, 'login', cancel, epoch)).data)
        if (Array.isArray(list.data)) all.push(...(list.data as SessionItem[]))
        cursor = list.next_cursor
        if (!cursor) break
      }
      return all
    })
  }

  endSession(id: string): Promise<void> {
    return this.task(async (cancel, epoch) => {
      if (typeof id !== 'string' || id === '') throw invalid('id', 'id is the session_id of a session')
      await this.keeper.loaded
      if (this.context.store.held?.sessionId === id) return this.leave()
      await this.ask('DELETE', `/v1/sessions/${encodeURIComponent(id)}`, 'login', cancel, epoch)
    })
  }

  logout(): Promise<void> {
    return this.task(() => this.leave())
  }

  on<E extends keyof Events>(event: E, listener: (value: Events[E]) => void): () => void {
    return this.context.events.on(event, listener)
  }

  use(interceptor: Interceptor): () => void {
    this.hooks = this.hooks.concat(interceptor)
    return () => { this.hooks = this.hooks.filter((hook) => hook !== interceptor) }
  }

  destroy(): void {
    this.context.end.abort()
    this.context.lifecycle.destroy()
  }

  private task<T>(work: (cancel: Cancel, epoch: number) => Promise<T>): Task<T> {
    const { epoch } = this.keeper
    return taskOf(this.context.end, (cancel) => work(cancel, epoch))
  }

  private send<T>(options: RequestOptions & Partial<UploadOptions>, outgoing: () => Outgoing): Task<Response<T>> {
    return this.task(async (cancel, epoch) => {
      const hooks = this.hooks
      const out = await beforeSending(this.context.config, hooks, outgoing())
      const answer = await this.caller.run(callOf(out, options), cancel, epoch)
      return afterAnswer<T>(hooks, answer, out)
    })
  }

  /** Asks hufu itself. */
  private ask(method: Method, path: string, auth: 'login' | 'held', cancel: Cancel, epoch: number): Promise<Answer> {
    const { baseURL, timeout } = this.context.config
    return this.caller.run({ wire: { url: baseURL + path, method, header: {}, timeout }, auth, idempotent: true }, cancel, epoch)
  }

  /** Says this error that there is no session? `invalid_request` does so to a refresh alone, and then none is held. */
  private isOver(error: HufuError): boolean {
    return error.status === 401 || (isFinal(error) && !this.context.store.held)
  }

  private leave(): Promise<void> {
    return this.keeper.logout(async () => {
      try {
        await this.ask('DELETE', '/v1/session', 'held', this.context.end, this.keeper.epoch)
      } catch (thrown) {
        if (!this.isOver(asHufuError(thrown, 'invalid_response'))) throw thrown // it was over already
      }
    })
  }
}

function object(data: unknown): Record<string, unknown> {
  if (isObject(data)) return data
  throw new HufuError('invalid_response', { detail: 'this is no answer of hufu: is the base URL right?' })
}
