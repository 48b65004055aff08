// A hufu that keeps to the rules of the wire to the letter: codes that are good
// once, replay by code and key, rotation of refresh tokens with reuse detection.
// It counts what happens, so that tests can hold the client to it.

const minute = 60_000
const accessLife = 15 * minute
const sessionLife = 30 * 24 * 60 * minute
const codeLife = 5 * minute
const keylessWindow = 30_000
const keysHeld = 3

class Problem extends Error {
  constructor(status, code, more = {}) {
    super(code)
    Object.assign(this, { status, code, more })
  }
}

export class FakeServer {
  /** The server's clock: virtual time, and so much off what the phone shows. */
  constructor(time) { this.time = time }

  skew = 0
  accessLife = accessLife
  appid = 'wxdd00000000000001'
  /** code -> { user, at, spent } as WeChat knows it. */
  codes = new Map()
  /** code -> { key, body, session, at } */
  replays = new Map()
  sessions = new Map()
  tokens = new Map()
  /** What each marked call has done: client id -> times. */
  effects = new Map()
  /** user -> what they show */
  profiles = new Map()
  /** user -> WeChat's session_key of now, as a number; logins change it. */
  keys = new Map()
  rotates = true
  /** user -> the keys that the server knows */
  known = new Map()
  /** Is it a server of today, which knows the consent at login? */
  takesConsent = true
  consents = []
  phoneCodes = new Map()
  erased = []
  /** path -> list of problems to answer with, before anything happens. */
  refusals = new Map()
  log = []
  counts = { login: 0, newSessions: 0, refresh: 0, rotations: 0, reused: 0 }
  #id = 0

  now() { return this.time.now + this.skew }

  issueCode(user) {
    const code = `code-${++this.#id}`
    if (this.rotates || !this.keys.has(user)) this.keys.set(user, (this.keys.get(user) ?? 0) + 1)
    this.codes.set(code, { user, at: this.now(), spent: false, sessionKey: this.keys.get(user) })
    return code
  }

  /** What WeChat seals for a user: data under the key of now. */
  seal(user, data) { return { encryptedData: JSON.stringify({ key: this.keys.get(user), n: ++this.#id, data }), iv: `iv-${this.#id}` } }

  /** A code of the phone number button. */
  phoneCode(user) {
    const code = `phone-${++this.#id}`
    this.phoneCodes.set(code, user)
    return code
  }

  /** The next calls to the path are refused so, before they take effect. */
  refuse(path, ...problems) { this.refusals.set(path, (this.refusals.get(path) ?? []).concat(problems)) }

  revokeAll(user) { for (const s of this.sessions.values()) if (!user || s.user === user) s.ended = true }
  expireTokens() { for (const t of this.tokens.values()) t.expiresAt = this.now() }
  alive(sid) { const s = this.sessions.get(sid); return !!s && !s.ended && s.expiresAt > this.now() }

  /** Takes a request { method, path, query, header (lower case), body } and answers { status, header, body }. */
  handle(request) {
    const id = `req-${++this.#id}`
    let answer
    try {
      const planned = this.refusals.get(request.path)?.shift()
      if (planned) throw new Problem(planned.status, planned.code, planned)
      answer = { status: 200, header: {}, body: undefined, ...this.#route(request) }
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      const body = error.more.raw ?? {
        type: `urn:hufu:problem:${error.code}`, title: error.code, status: error.status, code: error.code, request_id: id,
        detail: `because of ${error.code}`, ...(error.more.body ?? {}),
      }
      answer = { status: error.status, header: { ...error.more.header }, body }
    }
    answer.header = { 'X-Request-Id': id, 'content-type': 'application/json', ...answer.header }
    this.log.push({ ...request, status: answer.status, code: answer.body?.code })
    return answer
  }

  #route(request) {
    const { method, path } = request
    const call = `${method} ${path}`
    if (call === 'POST /v1/login') return { body: this.#login(request) }
    if (call === 'POST /v1/refresh') return { body: this.#refresh(request) }
    if (path.startsWith('/open/')) return { body: { open: true } }
    const { session, token } = this.#authenticate(request)
    if (call === 'GET /v1/session') {
      const wechat = request.query === 'wechat=true' ? { wechat_session: 'valid' } : {}
      return { body: { active: true, session_id: session.id, user_id: session.user, appid: this.appid, issued_at: '', expires_at: '', ...wechat } }
    }
    if (call === 'DELETE /v1/session') { session.ended = true; return { status: 204, body: '' } }
    if (call === 'GET /v1/sessions') return { body: this.#list(session, request.query) }
    if (method === 'DELETE' && path.startsWith('/v1/sessions/')) {
      const other = this.sessions.get(decodeURIComponent(path.slice('/v1/sessions/'.length)))
      if (!other || other.user !== session.user || other.ended) throw new Problem(404, 'not_found')
      other.ended = true
      return { status: 204, body: '' }
    }
    if (call === 'GET /v1/me') return { body: this.#user(session.user) }
    if (call === 'DELETE /v1/me') return this.#erase(session, request.query)
    if (path.startsWith('/v1/me')) return { body: this.#change(session.user, call, request) }
    // Everything else is the business's own backend.
    const mark = request.header['x-mark']
    if (mark) this.effects.set(mark, (this.effects.get(mark) ?? 0) + 1)
    return { body: { echo: request.body ?? null, path, token, file: request.file ?? null } }
  }

  #login({ body, header }) {
    this.counts.login++
    this.#fields(body, ['appid', 'code', 'device', ...(this.takesConsent ? ['consent'] : [])])
    if (body.consent) this.#fields(body.consent, ['policy_version', 'agreed_at'])
    const key = this.#key(header)
    if (body.appid !== this.appid) throw new Problem(404, 'unknown_app')
    const sent = JSON.stringify([body.device ?? null, body.consent ?? null])
    const before = this.replays.get(body.code)
    if (before) {
      const session = this.sessions.get(before.session)
      if (!key || key !== before.key || this.now() - before.at > codeLife) throw new Problem(409, 'code_already_used')
      if (sent !== before.body) throw new Problem(409, 'idempotency_conflict')
      if (!this.alive(session.id) || session.generation !== 1) throw new Problem(409, 'code_already_used')
      return this.#grant(session, { is_new_user: before.isNew })
    }
    const code = this.codes.get(body.code)
    if (!code || this.now() - code.at > codeLife) throw new Problem(400, 'invalid_code')
    if (code.spent) throw new Problem(409, 'code_already_used')
    code.spent = true
    if (body.consent) this.consents.push({ user: code.user, ...body.consent })
    const known = this.known.get(code.user) ?? []
    this.known.set(code.user, [code.sessionKey, ...known.filter((key) => key !== code.sessionKey)].slice(0, keysHeld))
    const isNew = ![...this.sessions.values()].some((s) => s.user === code.user)
    const id = `ses_${++this.#id}`
    const session = { id, user: code.user, generation: 1, rotationKey: null, rotatedAt: 0, ended: false, expiresAt: this.now() + sessionLife, device: body.device ?? null, loggedInAt: this.now() }
    this.sessions.set(id, session)
    this.replays.set(body.code, { key, body: sent, session: id, at: this.now(), isNew })
    this.counts.newSessions++
    this.onNewSession?.()
    return this.#grant(session, { is_new_user: isNew })
  }

  #refresh({ body, header }) {
    this.counts.refresh++
    this.#fields(body, ['refresh_token'])
    const key = this.#key(header)
    const [, id, generation] = /^rt\.(\w+)\.(\d+)$/.exec(body.refresh_token) ?? []
    const session = this.sessions.get(id)
    if (!session || Number(generation) > session.generation) throw new Problem(401, 'invalid_token')
    if (session.ended) throw new Problem(401, 'session_revoked')
    if (session.expiresAt <= this.now()) throw new Problem(401, 'token_expired')
    if (Number(generation) === session.generation) {
      session.generation++
      session.rotationKey = key
      session.rotatedAt = this.now()
      session.expiresAt = this.now() + sessionLife
      this.counts.rotations++
    } else {
      const repeats = Number(generation) === session.generation - 1 &&
        (key ? key === session.rotationKey : this.now() - session.rotatedAt < keylessWindow)
      if (!repeats) {
        session.ended = true
        this.counts.reused++
        throw new Problem(401, 'token_reused')
      }
    }
    return this.#grant(session, {})
  }

  #grant(session, more) {
    const token = `at.${session.id}.${++this.#id}`
    this.tokens.set(token, { session: session.id, expiresAt: this.now() + this.accessLife })
    return {
      access_token: token, token_type: 'Bearer', expires_in: Math.ceil(this.accessLife / 1000),
      refresh_token: `rt.${session.id}.${session.generation}`, refresh_expires_in: sessionLife / 1000,
      session_id: session.id, user: this.#user(session.user), a_field_of_next_year: { deep: [1] }, ...more,
    }
  }

  #user(id) {
    return {
      id, openid: `o-${id}`, unionid: null, nickname: null, avatar_url: null, phone_number: null,
      created_at: '2026-01-01T00:00:00Z', last_login_at: '2026-01-01T00:00:00Z', a_field_of_next_year: true, ...this.profiles.get(id),
    }
  }

  #erase(own, query) {
    if (query !== undefined && query !== 'scope=user') throw new Problem(400, 'invalid_request', { body: { field: 'scope' } })
    if (query && this.now() - own.loggedInAt > 10 * minute) throw new Problem(409, 'login_too_old')
    this.revokeAll(own.user)
    this.profiles.delete(own.user)
    this.erased.push([own.user, query ? 'everywhere' : 'here'])
    return { status: 204, body: '' }
  }

  #change(user, call, { body, file }) {
    const change = (fields) => {
      this.profiles.set(user, { ...this.profiles.get(user), ...fields })
      return this.#user(user)
    }
    switch (call) {
      case 'POST /v1/me':
        this.#fields(body, ['nickname'])
        return change({ nickname: body.nickname })
      case 'POST /v1/me/avatar':
        if (file?.name !== 'file') throw new Problem(400, 'invalid_request', { body: { field: 'file' } })
        return change({ avatar_url: `https://login.example.com/avatars/${file.path.length}` })
      case 'POST /v1/me/phone':
        this.#fields(body, ['code', 'encrypted_data', 'iv'])
        if ('code' in body === 'encrypted_data' in body) throw new Problem(400, 'invalid_request', { body: { field: 'code' } })
        if (body.code && this.phoneCodes.get(body.code) !== user) throw new Problem(422, 'phone_code_invalid')
        if (body.encrypted_data) this.#open(user, body)
        return change({ phone_number: '138****0000' })
      case 'POST /v1/me/userinfo': {
        this.#fields(body, ['raw_data', 'signature', 'encrypted_data', 'iv'])
        this.#open(user, body)
        if (body.signature !== `signed ${body.raw_data}`) throw new Problem(422, 'signature_mismatch')
        return change({ nickname: JSON.parse(body.raw_data).nickName })
      }
      case 'POST /v1/me/decrypt':
        this.#fields(body, ['encrypted_data', 'iv'])
        return { data: this.#open(user, body) }
    }
    throw new Problem(404, 'not_found')
  }

  #open(user, { encrypted_data, iv }) {
    const { key, n, data } = JSON.parse(encrypted_data)
    if (iv !== `iv-${n}`) throw new Problem(422, 'decrypt_failed')
    if (!this.known.get(user).includes(key)) throw new Problem(422, 'session_key_stale')
    return data
  }

  #list(own, query) {
    const all = [...this.sessions.values()].filter((s) => s.user === own.user && !s.ended).reverse()
    const from = query?.startsWith('cursor=') ? all.findIndex((s) => s.id === decodeURIComponent(query.slice(7))) + 1 : 0
    const page = all.slice(from, from + 2)
    return {
      data: page.map((s) => ({ session_id: s.id, current: s.id === own.id, device: s.device, created_at: '', last_used_at: '', expires_at: '' })),
      next_cursor: from + 2 < all.length ? page[1].id : null,
    }
  }

  #authenticate({ header }) {
    const token = /^Bearer (\S+)$/.exec(header.authorization ?? '')?.[1]
    const found = this.tokens.get(token)
    if (!found) throw new Problem(401, 'invalid_token')
    if (found.expiresAt <= this.now()) throw new Problem(401, 'token_expired')
    const session = this.sessions.get(found.session)
    if (session.ended) throw new Problem(401, 'session_revoked')
    return { session, token }
  }

  #fields(body, known) {
    if (typeof body !== 'object' || body === null) throw new Problem(400, 'invalid_request')
    for (const name of Object.keys(body)) if (!known.includes(name)) throw new Problem(400, 'invalid_request', { body: { field: name } })
  }

  #key(header) {
    const key = header['idempotency-key']
    if (key !== undefined && !/^[\x21-\x7e]{16,255}$/.test(key)) throw new Problem(400, 'invalid_request', { body: { field: 'Idempotency-Key' } })
    return key
  }
}
