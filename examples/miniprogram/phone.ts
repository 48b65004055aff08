// What WeChat tells of the phone. Base libraries before 2.20.1 have one call for
// all of it, which the younger ones warn about.

/** The language and the theme that WeChat is set to. */
export function settings() {
  return wx.getAppBaseInfo ? wx.getAppBaseInfo() : wx.getSystemInfoSync()
}

/** What the phone is. */
export function device() {
  return wx.getDeviceInfo ? wx.getDeviceInfo() : wx.getSystemInfoSync()
}
