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
}
