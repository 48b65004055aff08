import type { Life } from './life'

/**
 * Whether a tap is under way: some APIs answer to nothing else. What a handler
 * awaits for longer than a turn of the loop comes too late, as in WeChat.
 */
export class Gesture {
  private taps = 0

  constructor(private readonly life: Life) {}

  get active(): boolean {
    return this.taps > 0
  }

  /** Runs what a tap sets off. */
  during(work: () => void): void {
    this.taps++
    this.life.after(0, () => this.taps--)
    work()
  }
}
