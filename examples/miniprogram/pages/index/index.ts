import type { Session, SessionStatus, User } from '@hufu/miniprogram'
import type { ExampleApp } from '../../app'
import { explain } from '../../failures'
import type { Failure } from '../../failures'
import { language, textsIn } from '../../texts'
import { clock } from '../../times'

/** A note of the sample backend. */
interface Note {
  id: string
  text: string
  created_at: string
}

/** A line about the user; `id` is that of the element. */
interface Row {
  id: string
  name: string
  value: string
  copy: boolean
}

/** What can be under way, each by the name of its button. */
type Step = 'login' | 'notes' | 'add' | 'check' | 'logout'

/** The cards: what went wrong, and what was mended, is told where the user tapped. */
type Card = 'identity' | 'backend' | 'session'

const { hufu, launched } = getApp<ExampleApp>()
const spoken = language()
const t = textsIn(spoken)

Page({
  data: {
    t,
    status: '',
    user: null as User | null,
    isNew: false,
    rows: [] as Row[],
    recovery: '',
    recoveredIn: '' as Card | '',
    notes: [] as Note[],
    noNotes: false,
    noteText: '',
    checked: [] as string[],
    pending: {} as Partial<Record<Step, boolean>>,
    failure: null as Failure | null,
    failedIn: '' as Card | '',
  },

  /** Where the user tapped last. */
  acting: 'identity' as Card,

  /** The server has ended the session, and no login has followed yet. */
  over: false,

  /** Takes this page's listeners off the client. */
  silence: [] as Array<() => void>,

  /** The logout under way, or the last one. */
  leaving: undefined as Promise<void> | undefined,

  /** Stands for the note that is being written, until the backend has it. */
  noteId: '',

  onLoad() {
    this.silence = [
      hufu.on('login', (session) => {
        // Nobody tapped: a request met a session that was over. A login without
        // that is another page's, for a reason that it tells there.
        if (this.over && !this.data.pending.login) this.recovered(t.loggedInSilently)
        this.over = false
        this.show(session)
      }),
      hufu.on('refresh', (session) => {
        this.recovered(t.refreshed)
        this.show(session)
      }),
      hufu.on('expired', () => {
        this.over = true
        this.show(null)
      }),
      hufu.on('logout', () => this.show(null)),
    ]
    this.step('login', 'identity', async () => this.show(await launched))
  },

  onUnload() {
    for (const off of this.silence) off()
  },

  /** Shows who is logged in. */
  show(session: Session | null) {
    const { pending } = this.data
    this.setData({
      user: session && session.user,
      isNew: session !== null && session.isNewUser,
      rows: session ? rowsOf(session.user) : [],
      status: session ? t.signedIn : pending.login ? t.signingIn : t.signedOut,
    })
  },

  /** Tells that the client helped itself, and when: else nobody would notice. */
  recovered(what: string) {
    this.setData({ recovery: `${clock(Date.now())} ${what}`, recoveredIn: this.acting })
  },

  /**
   * Does one step at a time of each kind, so that a second tap does nothing,
   * and tells its failure in the card. Never rejects.
   */
  async step(name: Step, card: Card, work: () => Promise<void>) {
    if (this.data.pending[name]) return
    this.acting = card
    this.setData({ [`pending.${name}`]: true, failure: null, failedIn: '', recoveredIn: '' })
    if (name === 'login') this.show(hufu.session)
    try {
      await work()
    } catch (error) {
      this.setData({ failure: explain(error, spoken), failedIn: card })
    }
    this.setData({ [`pending.${name}`]: false })
    if (name === 'login') this.show(hufu.session)
  },

  login() {
    this.step('login', 'identity', async () => {
      await this.leaving
      // With a session already held it is a new login that is wanted, not that session.
      await hufu.login({ force: hufu.session !== null })
    })
  },

  logout() {
    this.leaving = this.step('logout', 'session', async () => {
      await hufu.logout()
      this.setData({ notes: [], noNotes: false, checked: [] })
    })
  },

  loadNotes() {
    this.step('notes', 'backend', () => this.fetchNotes())
  },

  /** A protected call: login, token, refresh and repetition are the client's business. */
  async fetchNotes() {
    const { data } = await hufu.request<{ data: Note[] }>({ url: '/sample/notes' })
    this.setData({ notes: data.data, noNotes: data.data.length === 0 })
  },

  writeNote(event: WechatMiniprogram.Input) {
    this.noteId = ''
    this.setData({ noteText: event.detail.value })
  },

  addNote() {
    const text = this.data.noteText.trim()
    if (!text) return
    this.step('add', 'backend', async () => {
      // One id for each note, not for each tap: when an answer was lost, the
      // backend knows the repetition by it, and makes no second note.
      this.noteId = this.noteId || newId()
      await hufu.request({ url: '/sample/notes', method: 'POST', data: { text, client_id: this.noteId }, idempotent: true })
      this.noteId = ''
      this.setData({ noteText: '' })
      await this.fetchNotes()
    })
  },

  check() {
    this.step('check', 'session', async () => {
      const status = await hufu.checkSession({ wechat: true })
      this.setData({ checked: words(status) })
    })
  },

  openSessions() {
    wx.navigateTo({ url: '/pages/sessions/sessions' })
  },

  openProfile() {
    wx.navigateTo({ url: '/pages/profile/profile' })
  },

  copy(event: WechatMiniprogram.TouchEvent) {
    wx.setClipboardData({ data: event.currentTarget.dataset.value })
  },
})

/** What is known of a user, as lines. */
function rowsOf(user: User): Row[] {
  const unionid = user.unionid ?? (user.openid ? t.noUnionid : t.hidden)
  return [
    { id: 'user-id', name: t.userId, value: user.id, copy: true },
    { id: 'openid', name: 'openid', value: user.openid ?? t.hidden, copy: Boolean(user.openid) },
    { id: 'unionid', name: 'unionid', value: unionid, copy: Boolean(user.unionid) },
  ]
}

/** The state of a session in words: ours first, WeChat's session_key apart from it. */
function words(status: SessionStatus): string[] {
  if (!status.active) return [t.ended]
  const ours = t.alive + (status.expires_at ? clock(status.expires_at) : '')
  const key = { valid: t.keyValid, expired: t.keyExpired, unknown: t.keyUnknown }
  return [ours, key[status.wechat_session ?? 'unknown']]
}

/** An id that is unique, which is all it has to be: no secret. */
function newId(): string {
  const random = () => Math.random().toString(36).slice(2)
  return `${Date.now().toString(36)}-${random()}${random()}`
}
