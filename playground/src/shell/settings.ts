import type { Keeper } from './phone/storage'

/** What the page remembers of its own, besides the phone's storage. */
const names = { lang: 'hufu-shell/lang', theme: 'hufu-shell/theme', person: 'hufu-shell/person', appid: 'hufu-shell/appid' } as const

export class Settings {
  constructor(private readonly keeper: Keeper) {}

  get(name: keyof typeof names): string | null {
    return this.keeper.getItem(names[name])
  }

  set(name: keyof typeof names, value: string): void {
    this.keeper.setItem(names[name], value)
  }

  /** What was kept, if it is still one of these; else the first of them. */
  among(name: keyof typeof names, list: readonly string[]): string {
    const kept = this.get(name)
    return kept !== null && list.includes(kept) ? kept : (list[0] ?? '')
  }
}
