import type { PrivacyRequest } from '@hufu/miniprogram/user-data'
import type { ExampleApp } from '../../app'
import { language, textsIn } from '../../texts'

const { userData } = getApp<ExampleApp>()
const t = textsIn(language())

interface Data {
  t: typeof t
  open: boolean
  /** The privacy guide's name, as WeChat has it. */
  name: string
}

interface Methods {
  ask(request: PrivacyRequest): void
  read(): void
  agree(): void
  refuse(): void
}

/** What waits for the answer, and what takes this dialog off the list of those asked. */
interface Own {
  request: PrivacyRequest | null
  off: () => void
}

/**
 * Asks for the consent that WeChat wants since 2023, whenever something on the
 * page needs it. Put one on each page that takes personal data. Tells the page of
 * a refusal by the event `refused`: chooseAvatar and the nickname field say
 * nothing of it themselves.
 */
Component<Data, Record<string, never>, Methods & Record<string, Function>, [], Own>({
  // The buttons look like those of the pages.
  options: { styleIsolation: 'apply-shared' },

  data: { t, open: false, name: '' },

  lifetimes: {
    attached() {
      this.request = null
      this.off = userData.privacy.onNeedPrivacy((request) => this.ask(request))
    },

    detached() {
      this.off()
      // The page goes while WeChat waits: what waits must not wait for ever.
      if (this.request) this.request.disagree()
    },
  },

  methods: {
    ask(request) {
      this.request = request
      this.setData({ open: true })
      request.shown()
      // The dialog does not wait for its name.
      userData.privacy.getPrivacySetting().then(
        ({ privacyContractName }) => this.setData({ name: privacyContractName }),
        () => undefined,
      )
    },

    read() {
      userData.privacy.openPrivacyContract().catch(() => undefined)
    },

    // The event of the button and not a tap: WeChat checks that it was this button.
    agree() {
      if (this.request) this.request.agree('agree-privacy')
      this.request = null
      this.setData({ open: false })
    },

    refuse() {
      const referrer = this.request ? this.request.referrer : ''
      if (this.request) this.request.disagree()
      this.request = null
      this.setData({ open: false })
      this.triggerEvent('refused', { referrer })
    },
  },
})
