import type { Language } from '../host'

/** What the phone itself says. */
const WORDS = {
  zh_CN: { ok: '确定', cancel: '取消', back: '返回', copied: '内容已复制', loading: '加载中', choose: '请选择', tabs: '标签页', bar: '小程序的标题栏', page: '小程序的页面', failed: '这个小程序没能启动' },
  en: { ok: 'OK', cancel: 'Cancel', back: 'Back', copied: 'Copied', loading: 'Loading', choose: 'Choose', tabs: 'Tabs', bar: 'Title bar of the mini program', page: 'Page of the mini program', failed: 'This mini program could not start' },
}

export type Words = (typeof WORDS)['en']

export function wordsIn(language: Language): Words {
  return WORDS[language] ?? WORDS.en
}
