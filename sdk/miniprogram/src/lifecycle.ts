import type { WxLike } from './platform.js'

/**
 * Whether the app is in front. In the background WeChat fails what is on the
 * wire after 5 s and lets nothing new out.
 */
export class Lifecycle {
  private hidden = false
  private waiting: (() => void)[] = []
  /** How often the app has gone to the background: compare two to know whether it did in between. */
  hides = 0

  constructor(private readonly wx: WxLike) {
    wx.onAppHide?.(this.hide)
    wx.onAppShow?.(this.show)
  }

  /** Resolves when the app is in front; never if it is killed before. */
  visible(): Promise<void> {
    return this.hidden ? new Promise((resolve) => this.waiting.push(resolve)) : Promise.resolve()
  }

  destroy(): void {
    this.wx.offAppHide?.(this.hide)
    this.wx.offAppShow?.(this.show)
  }

  private readonly hide = (): void => {
    this.hidden = true
    this.hides++
  }

  private readonly show = (): void => {
    this.hidden = false
    const waiting = this.waiting
    this.waiting = []
    waiting.forEach((resolve) => resolve())
  }
}
