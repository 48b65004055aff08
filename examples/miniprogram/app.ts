import { createHufu } from '@hufu/miniprogram'
import type { Hufu, Session } from '@hufu/miniprogram'
import { createUserData } from '@hufu/miniprogram/user-data'
import type { UserData } from '@hufu/miniprogram/user-data'
import { options } from './config'
import { device } from './phone'

/** What pages get from getApp. */
export interface ExampleApp {
  /** The one client of this mini program: it holds the session, and one login at a time. */
  hufu: Hufu
  /** The user's own data: phone number, avatar, nickname, steps, erasure. */
  userData: UserData
  /** The login of this launch. */
  launched: Promise<Session>
}

const { model, system } = device()
const hufu = createHufu({ ...options(), device: { model, system } })
const userData = createUserData(hufu)

App<ExampleApp>({
  hufu,
  userData,
  // Here and not in a page: WeChat wants logins at launch, and this one asks
  // WeChat only if the session kept from last time is no longer good.
  launched: hufu.login(),

  onLaunch() {
    // The page that waits for the login says what went wrong; a failure that no
    // page waited for is none for the user, the next request logs in.
    this.launched.catch(() => undefined)
  },
})
