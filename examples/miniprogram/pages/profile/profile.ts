import { HufuError } from '@hufu/miniprogram'
import type { User } from '@hufu/miniprogram'
import type { EventLike } from '@hufu/miniprogram/user-data'
import type { ExampleApp } from '../../app'
import { explain } from '../../failures'
import type { Failure } from '../../failures'
import { settings } from '../../phone'
import { language, textsIn } from '../../texts'
import { date } from '../../times'

/** What can be under way, each by the name of its button. */
type Step = 'login' | 'avatar' | 'nickname' | 'phone' | 'steps' | 'older' | 'policy' | 'erase'

/** The cards: what went wrong is told where the user tapped. */
type Card = 'profile' | 'phone' | 'steps' | 'older' | 'data'

/** What the server opens of wx.getWeRunData: the steps of 31 days, each by its midnight in seconds. */
interface WeRun {
  stepInfoList: Array<{ timestamp: number; step: number }>
}

/** The privacy policy of this example: a new one gets a new version, and asks again. */
const POLICY = '2026-11'

const { hufu, userData } = getApp<ExampleApp>()
const spoken = language()
const t = textsIn(spoken)

Page({
  data: {
    t,
    user: null as User | null,
    /** Shown once: the user has just saved a nickname. */
    saved: false,
    /** The buttons are shown again though there is a number; each success costs the mini program money. */
    phoneAgain: false,
    days: [] as Array<{ day: string; step: number }>,
    older: '',
    agreed: '',
    erased: '',
    /** What this client can do; see onLoad. */
    can: { avatar: true, realtime: true, profile: false, infoButton: false, older: false },
    pending: {} as Partial<Record<Step, boolean>>,
    failure: null as Failure | null,
    failedIn: '' as Card | '',
  },

  onLoad() {
    wx.setNavigationBarTitle({ title: t.openProfile })
    const profile = wx.canIUse('getUserProfile')
    const infoButton = wx.canIUse('button.open-type.getUserInfo')
    this.setData({
      can: {
        avatar: wx.canIUse('button.open-type.chooseAvatar'),
        realtime: wx.canIUse('button.open-type.getRealtimePhoneNumber'),
        profile, infoButton, older: profile || infoButton,
      },
    })
    this.login()
  },

  /**
   * The buttons come after the login: what WeChat seals on a tap fits the key of
   * the login before it, and none of a login after.
   */
  login() {
    return this.step('login', 'profile', async () => {
      await hufu.login()
      this.show(await hufu.me())
      this.setData({ erased: '' })
    })
  },

  show(user: User | null) {
    this.setData({ user })
  },

  /**
   * Does one step at a time of each kind, so that a second tap does nothing,
   * and tells its failure in the card. The work begins before anything is waited
   * for, since some of WeChat's APIs want the tap itself. Never rejects.
   */
  async step(name: Step, card: Card, work: () => Promise<void>) {
    if (this.data.pending[name]) return
    this.setData({ [`pending.${name}`]: true, failure: null, failedIn: '', saved: false })
    try {
      await work()
    } catch (error) {
      this.fail(error, card)
    }
    this.setData({ [`pending.${name}`]: false })
  },

  fail(error: unknown, card: Card) {
    this.setData({ failure: explain(error, spoken), failedIn: card })
  },

  takeAvatar(event: EventLike) {
    this.step('avatar', 'profile', async () => this.show(await userData.uploadAvatar(event)))
  },

  /** The form's event: WeChat's content check may clear the field after the input's own. */
  takeNickname(event: EventLike) {
    this.step('nickname', 'profile', async () => {
      this.show(await userData.setNickname(event))
      this.setData({ saved: true })
    })
  },

  /** Of both buttons: their events differ in name alone. */
  takePhone(event: EventLike) {
    this.step('phone', 'phone', async () => {
      this.show(await userData.getPhoneNumber(event))
      this.setData({ phoneAgain: false })
    })
  },

  askPhoneAgain() {
    this.setData({ phoneAgain: true })
  },

  takeSteps() {
    this.step('steps', 'steps', async () => {
      const { stepInfoList } = await userData.decrypt<WeRun>(() => wx.getWeRunData())
      const days = stepInfoList.slice(-7).reverse()
      this.setData({ days: days.map(({ timestamp, step }) => ({ day: date(timestamp * 1000), step })) })
    })
  },

  /** Of WeChat's page of permissions: what was refused before is so no more. */
  leaveSettings(event: EventLike) {
    if (event.detail.authSetting['scope.werun']) this.setData({ failure: null, failedIn: '' })
  },

  takeProfile() {
    this.takeOlder({ desc: t.desc })
  },

  /** A tap that is refused comes here too, without data. */
  takeUserInfo(event: EventLike) {
    this.takeOlder(event)
  },

  takeOlder(from: { desc: string } | EventLike) {
    this.step('older', 'older', async () => {
      const { anonymous, user } = await userData.getUserInfo(from)
      this.show(user)
      this.setData({ older: anonymous ? t.olderAnonymous : `${t.olderTaken}${user.nickname ?? ''}` })
    })
  },

  /** What is asked for without an event of its own fails silently: the dialog tells. */
  privacyRefused(event: EventLike) {
    if (/avatar|nickname/i.test(event.detail.referrer)) this.fail(new HufuError('privacy_denied'), 'profile')
  },

  readPolicy() {
    userData.privacy.openPrivacyContract().catch((error: unknown) => this.fail(error, 'data'))
  },

  agreePolicy() {
    this.step('policy', 'data', async () => {
      await userData.recordConsent({ policyVersion: POLICY })
      this.setData({ agreed: POLICY })
    })
  },

  eraseHere() {
    this.erase({ title: t.eraseHere, content: t.eraseHereAsk, erased: t.erasedHere }, false)
  },

  eraseEverywhere() {
    this.erase({ title: t.eraseEverywhere, content: t.eraseEverywhereAsk, erased: t.erasedEverywhere }, true)
  },

  erase({ title, content, erased }: { title: string, content: string, erased: string }, everywhere: boolean) {
    this.step('erase', 'data', async () => {
      if (!(await sure(title, content))) return
      await userData.erase({ everywhere })
      this.show(null)
      this.setData({ erased, days: [], older: '', agreed: '', phoneAgain: false })
    })
  },
})

/** Asks before what nothing brings back. WeChat allows four characters on a button, and paints it in this very colour, light or dark. */
function sure(title: string, content: string): Promise<boolean> {
  const confirmColor = settings().theme === 'dark' ? '#ff8a80' : '#b3261e'
  return new Promise((resolve) => {
    wx.showModal({
      title, content, confirmText: t.yes, cancelText: t.no, confirmColor,
      success: ({ confirm }) => resolve(confirm),
      fail: () => resolve(false),
    })
  })
}
