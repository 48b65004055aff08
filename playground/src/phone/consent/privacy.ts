import type { Host } from '../../host'
import { ask } from '../chrome/ask'
import type { Screen } from '../chrome/screen'
import type { Life } from '../life'
import { contractName, privacyQuestion } from './contract'
import { Refused } from './refused'

/** How a program answers what wx.onNeedPrivacyAuthorization asked of it. */
export interface PrivacyAnswer {
  event?: 'agree' | 'disagree' | 'exposureAuthorization'
  buttonId?: string
}

export type PrivacyListener = (resolve: (answer: PrivacyAnswer) => void, info: { referrer: string }) => void

/** For this long after a refusal WeChat does not show its own dialog again. */
const QUIET = 10_000

const RECORD = 'privacy'
const UNAUTHORIZED = 'privacy permission is not authorized'

/** errno of a refusal: of the privacy dialog, and of one that asks for a permission as well. */
const PLAIN = 104
const MERGED = 103

/**
 * The person's consent to the app's privacy guide, without which no private API
 * does anything. Source: 小程序隐私协议开发指南, in force for every app since
 * 2023-10-17.
 */
export class Privacy {
  private listener: PrivacyListener | null = null
  private readonly tapped = new Set<string>()
  private quiet = false

  constructor(
    private readonly host: Host,
    private readonly life: Life,
    private readonly screen: Screen,
    private readonly fault: (error: unknown) => void,
  ) {}

  get agreed(): boolean {
    return this.host.wechat.grants.get(RECORD) !== null
  }

  get contractName(): string {
    return contractName(this.host, this.screen.words)
  }

  /** What a tap on a button of open-type agreePrivacyAuthorization does, by the button's id. */
  agreeBy(buttonId: string): void {
    this.tapped.add(buttonId)
    this.agree()
  }

  private agree(): void {
    if (!this.life.over) this.host.wechat.grants.set(RECORD, 'agreed')
  }

  /** wx.onNeedPrivacyAuthorization: the last one counts. */
  listen(listener: unknown): void {
    if (typeof listener === 'function') this.listener = listener as PrivacyListener
  }

  /** Resolves when the person has agreed; asks them, by the program's own dialog or WeChat's. Rejects with a Refused. */
  async require(api: string): Promise<void> {
    if (this.agreed) return
    if (this.listener) return this.askProgram(this.listener, api)
    await this.askPerson(PLAIN, () => privacyQuestion(this.host, this.screen.words))
  }

  /**
   * The same for an API that wants a permission too. Where both are WeChat's to
   * ask it asks once, by `question`; true says that it did.
   */
  async requireWith(api: string, question: () => Parameters<typeof ask>[2]): Promise<boolean> {
    if (this.agreed || this.listener) {
      await this.require(api)
      return false
    }
    await this.askPerson(MERGED, () => {
      const own = privacyQuestion(this.host, this.screen.words)
      const merged = question()
      return { ...merged, body: [...(merged.body ?? []), ...(own.body ?? [])] }
    })
    return true
  }

  private async askPerson(errno: number, question: () => Parameters<typeof ask>[2]): Promise<void> {
    if (this.quiet) throw new Refused(UNAUTHORIZED, errno)
    if (await ask(this.screen.sheets, this.screen.words, question())) return this.agree()
    this.quiet = true
    this.life.after(QUIET, () => (this.quiet = false))
    throw new Refused(UNAUTHORIZED, errno)
  }

  /** The call stays pending until the program answers. */
  private askProgram(listener: PrivacyListener, referrer: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const refuse = (): void => reject(new Refused(UNAUTHORIZED, PLAIN))
      const answer = ({ event, buttonId = '' }: PrivacyAnswer = {}): void => {
        if (event === 'exposureAuthorization') return
        if (event === 'disagree') return refuse()
        if (event === 'agree' && this.agreed && this.tapped.has(buttonId)) return resolve()
        const why = event === 'agree' ? 'buttonId is that of a button of open-type agreePrivacyAuthorization that was tapped' : 'event is agree, disagree or exposureAuthorization'
        this.host.log('warn', `onNeedPrivacyAuthorization: ${why}`)
        if (event === 'agree') refuse()
      }
      try {
        listener(answer, { referrer })
      } catch (error) {
        this.fault(error)
        refuse()
      }
    })
  }
}
