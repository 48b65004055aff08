import type { HufuOptions } from '@hufu/miniprogram'

/**
 * Where hufu answers. `hufu dev` answers here. A real phone wants https and a
 * host that stands on the mini program's list of request domains
 * (mp.weixin.qq.com, 开发管理, 服务器域名).
 */
const BASE_URL = 'http://127.0.0.1:8080'

/**
 * For WeChat DevTools without an account: there wx.login gives no code that any
 * server could exchange, so the SDK asks hufu's simulator for one, as the person
 * named here. `hufu dev` knows this appid and the people alice, bob and carol.
 * Honoured in the development version alone; delete it, and its use below,
 * when you have an appid of your own.
 */
const SIMULATED = {
  appid: 'wxdd00000000000001',
  simulator: { url: BASE_URL, user: 'alice' },
}

/** What the client is made of; see app.ts. */
export function options(): HufuOptions {
  // Whoever hosts this mini program may say where hufu is: hufu's playground
  // does, and its wx.login is good as it is.
  const hosted = (wx.getExtConfigSync() as { hufu?: { baseURL?: string } }).hufu?.baseURL
  if (hosted) return { baseURL: hosted }
  return { baseURL: BASE_URL, ...SIMULATED }
}
