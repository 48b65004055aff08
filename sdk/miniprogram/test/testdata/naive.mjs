// The login of the tutorials that go round, with the mistakes that bugs.test.mjs
// looks for; each stands beside a comment with its number. It is there to fail:
// a scenario that it passes proves nothing.

/** Bug 07: the appid of the project it was copied from. */
const appid = 'wxdd00000000000001'

const promised = (start, options) => new Promise((resolve, reject) => start({ ...options, success: resolve, fail: reject }))

export class Naive {
  #wx
  #baseURL
  #token = ''

  constructor(wx, baseURL) {
    // Bug 21: whatever it is, it is the address.
    this.#wx = wx
    this.#baseURL = baseURL
  }

  /** Bug 02: every page logs in for itself. */
  async login() {
    const { code } = await promised(this.#wx.login, {})
    // Bug 06: encoded, to be on the safe side. Bug 08: no key goes with it.
    const data = { appid, code: encodeURIComponent(code) }
    const answer = await this.#send('POST', '/v1/login', data)
    this.#token = answer.data.access_token
    return answer.data
  }

  async request(url) {
    if (!this.#token) await this.login()
    return this.#send('GET', url)
  }

  /** Bugs 08 and 21: whatever failed is tried again, as it was. */
  async #send(method, path, data, left = 3) {
    try {
      const answer = await promised(this.#wx.request, { url: this.#baseURL + path, method, data, header: { Authorization: `Bearer ${this.#token}` } })
      if (answer.statusCode >= 300) throw new Error(`登录失败 ${answer.data.code}`)
      return answer
    } catch (failure) {
      if (left === 0) throw new Error(failure.message ?? 'network error')
      return this.#send(method, path, data, left - 1)
    }
  }

  /** The button's event. Bug 20: where there is nothing in it, nothing happens. */
  async getPhoneNumber({ detail }) {
    if (!detail.code && !detail.encryptedData) return undefined
    // Bug 01: logs in here, so as to have a session_key that is fresh.
    await this.login()
    const data = detail.code ? { code: detail.code } : { encrypted_data: detail.encryptedData, iv: detail.iv }
    return (await this.#send('POST', '/v1/me/phone', data)).data
  }

  /** Bug 01: what does not open is sent again, as if it could open later. */
  async decrypt(get) {
    const { encryptedData, iv } = await get()
    return (await this.#send('POST', '/v1/me/decrypt', { encrypted_data: encryptedData, iv })).data.data
  }

  /** Bug 18: whatever WeChat says is the nickname. */
  async getUserInfo(options) {
    const { rawData, signature, encryptedData, iv } = await promised(this.#wx.getUserProfile, options)
    return (await this.#send('POST', '/v1/me/userinfo', { raw_data: rawData, signature, encrypted_data: encryptedData, iv })).data
  }

  /** Bug 19: the path is kept in place of the picture. */
  async uploadAvatar({ detail }) {
    return (await this.#send('POST', '/v1/me', { avatar_url: detail.avatarUrl })).data
  }
}
