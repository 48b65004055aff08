import type { Language } from '../host'

/** What the phone itself says. */
const WORDS = {
  zh_CN: {
    ok: '确定', cancel: '取消', back: '返回', copied: '内容已复制', loading: '加载中', choose: '请选择', tabs: '标签页', bar: '小程序的标题栏',
    page: '小程序的页面', failed: '这个小程序没能启动',
    asks: '申请', allow: '允许', refuse: '拒绝', agree: '同意', close: '关闭',
    askPhone: '获取并验证你的手机号', askRealtimePhone: '实时验证你的手机号', boundPhone: '微信绑定号码', quota: '该功能使用次数已达当前小程序上限，暂时无法使用',
    askAvatar: '选择头像', wechatAvatar: '用微信头像', album: '从相册选择', noPicture: '这张图片打不开',
    wechatNickname: '使用微信昵称：{name}', nicknameRefused: '昵称未通过安全检测，已清空',
    askProfile: '获取你的昵称、头像', askWholeProfile: '获取你的昵称、头像、地区及性别', purpose: '用途：{desc}',
    askSteps: '获取你的微信运动步数', settings: '设置', settingsText: '允许“{app}”使用', settingsNone: '“{app}”还没有申请过任何权限', steps: '微信运动步数', profile: '用户信息',
    privacyTitle: '用户隐私保护提示', privacyText: '请仔细阅读以下指引。同意后，开发者会按照它处理你的信息。', contract: '《{app}小程序隐私保护指引》',
    contractText: '这份指引是模拟的。开发者声明：为了提供账号服务，将处理你的手机号、昵称、头像和微信运动步数。',
  },
  en: {
    ok: 'OK', cancel: 'Cancel', back: 'Back', copied: 'Copied', loading: 'Loading', choose: 'Choose', tabs: 'Tabs', bar: 'Title bar of the mini program',
    page: 'Page of the mini program', failed: 'This mini program could not start',
    asks: 'asks to', allow: 'Allow', refuse: 'Deny', agree: 'Agree', close: 'Close',
    askPhone: 'Get and verify your phone number', askRealtimePhone: 'Verify your phone number now', boundPhone: 'Bound to WeChat', quota: 'This mini program has used up its quota for this feature',
    askAvatar: 'Choose an avatar', wechatAvatar: 'Use WeChat avatar', album: 'Choose from album', noPicture: 'This picture cannot be opened',
    wechatNickname: 'Use WeChat nickname: {name}', nicknameRefused: 'The nickname did not pass the safety check and was cleared',
    askProfile: 'Get your nickname and avatar', askWholeProfile: 'Get your nickname, avatar, region and gender', purpose: 'Purpose: {desc}',
    askSteps: 'Get your WeRun steps', settings: 'Settings', settingsText: 'Allow “{app}” to use', settingsNone: '“{app}” has not asked for anything yet', steps: 'WeRun steps', profile: 'User info',
    privacyTitle: 'Handle your information', privacyText: 'Please read the guide below. If you agree, the developer handles your information as it says.', contract: 'Privacy guide of {app}',
    contractText: 'This guide is simulated. The developer declares: to provide accounts, your phone number, nickname, avatar and WeRun steps are handled.',
  },
}

export type Words = (typeof WORDS)['en']

export function wordsIn(language: Language): Words {
  return WORDS[language] ?? WORDS.en
}
