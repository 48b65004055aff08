import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withFiles } from './fixtures/files.mjs'
import { build, startPhone, until } from './fixtures/phone.mjs'

/** A program shaped as the one DevTools makes for a newcomer: what people bring along. */
const quickstart = {
  'project.config.json': '{ "appid": "wxfixture", "compileType": "miniprogram" }',
  'sitemap.json': '{ "rules": [{ "action": "allow", "page": "*" }] }',
  'app.json': JSON.stringify({
    pages: ['pages/index/index', 'pages/logs/logs'],
    window: { navigationStyle: 'custom', navigationBarTextStyle: 'black' },
    style: 'v2', renderer: 'skyline', rendererOptions: { skyline: { defaultDisplayBlock: true } }, componentFramework: 'glass-easel',
    sitemapLocation: 'sitemap.json', lazyCodeLoading: 'requiredComponents',
  }),
  'app.js': `App({
    onLaunch() {
      const logs = wx.getStorageSync('logs') || []
      logs.unshift(1767225600000)
      wx.setStorageSync('logs', logs)
      wx.login({ success: res => { this.globalData.code = res.code } })
    },
    globalData: { userInfo: null }
  })`,
  'app.wxss': '.container { height: 100%; padding: 200rpx 0; box-sizing: border-box; }',
  'utils/util.js': `const formatNumber = n => { n = n.toString(); return n[1] ? n : \`0\${n}\` }
    module.exports = { formatTime: date => [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()].map(formatNumber).join('/') }`,
  'pages/index/index.json': '{ "usingComponents": { "navigation-bar": "/components/navigation-bar/navigation-bar" } }',
  'pages/index/index.wxss': 'page { height: 100vh; display: flex; flex-direction: column; } .scrollarea { flex: 1; overflow-y: hidden; }',
  'pages/index/index.wxml': `<!--index.wxml-->
<navigation-bar title="Weixin" back="{{false}}" color="black" background="#FFF"></navigation-bar>
<scroll-view class="scrollarea" scroll-y type="list">
  <view class="container">
    <view class="userinfo">
      <block wx:if="{{canIUseNicknameComp && !hasUserInfo}}">
        <button class="avatar-wrapper" id="avatar-button" open-type="chooseAvatar" bind:chooseavatar="onChooseAvatar">
          <image class="avatar" id="avatar" src="{{userInfo.avatarUrl}}"></image>
        </button>
        <view class="nickname-wrapper">
          <text class="nickname-label">昵称</text>
          <input type="nickname" class="nickname-input" id="nickname" placeholder="请输入昵称" bind:change="onInputChange" />
        </view>
      </block>
      <block wx:elif="{{!hasUserInfo}}"><view>Too old</view></block>
      <block wx:else>
        <image bindtap="bindViewTap" class="userinfo-avatar" id="done" src="{{userInfo.avatarUrl}}" mode="cover"></image>
        <text class="userinfo-nickname" id="who">{{userInfo.nickName}}</text>
      </block>
    </view>
  </view>
</scroll-view>`,
  'pages/index/index.js': `Page({
    data: { userInfo: { avatarUrl: '', nickName: '' }, hasUserInfo: false, canIUseNicknameComp: wx.canIUse('input.type.nickname') },
    bindViewTap() { wx.navigateTo({ url: '../logs/logs' }) },
    onChooseAvatar(e) {
      const { avatarUrl } = e.detail
      const { nickName } = this.data.userInfo
      this.setData({ "userInfo.avatarUrl": avatarUrl, hasUserInfo: nickName && avatarUrl })
    },
    onInputChange(e) {
      const nickName = e.detail.value
      const { avatarUrl } = this.data.userInfo
      this.setData({ "userInfo.nickName": nickName, hasUserInfo: nickName && avatarUrl })
    },
  })`,
  'pages/logs/logs.json': '{ "usingComponents": { "navigation-bar": "/components/navigation-bar/navigation-bar" } }',
  'pages/logs/logs.wxml': `<navigation-bar title="Logs" back="{{true}}"></navigation-bar>
<scroll-view class="scrollarea" scroll-y type="list"><block wx:for="{{logs}}" wx:key="timeStamp" wx:for-item="log"><view class="log-item">{{index + 1}}. {{log.date}}</view></block></scroll-view>`,
  'pages/logs/logs.js': `const util = require('../../utils/util.js')
    Component({
      data: { logs: [] },
      lifetimes: {
        attached() {
          this.setData({ logs: (wx.getStorageSync('logs') || []).map(log => ({ date: util.formatTime(new Date(log)), timeStamp: log })) })
        }
      },
    })`,
  'components/navigation-bar/navigation-bar.json': '{ "component": true, "styleIsolation": "apply-shared", "usingComponents": {} }',
  'components/navigation-bar/navigation-bar.wxss': '.weui-navigation-bar { --height: 44px; } .weui-navigation-bar .android { --height: 48px; } .weui-navigation-bar__inner { position: fixed; }',
  'components/navigation-bar/navigation-bar.wxml': `<view class="weui-navigation-bar {{extClass}}">
  <view class="weui-navigation-bar__inner {{ios ? 'ios' : 'android'}}" style="color: {{color}}; background: {{background}}; {{displayStyle}}; {{innerPaddingRight}}; {{safeAreaTop}};">
    <view class='weui-navigation-bar__left' style="{{leftWidth}};">
      <block wx:if="{{back || homeButton}}"><view class="back" bindtap="back" hover-class="weui-active" hover-stay-time="100" aria-role="button" aria-label="返回"></view></block>
      <block wx:else><slot name="left"></slot></block>
    </view>
    <view class='weui-navigation-bar__center'><block wx:if="{{title}}"><text class="bar-title">{{title}}</text></block><block wx:else><slot name="center"></slot></block></view>
  </view>
</view>`,
  'components/navigation-bar/navigation-bar.js': `Component({
    options: { multipleSlots: true },
    properties: {
      extClass: { type: String, value: '' }, title: { type: String, value: '' }, background: { type: String, value: '' }, color: { type: String, value: '' },
      back: { type: Boolean, value: true }, homeButton: { type: Boolean, value: false }, delta: { type: Number, value: 1 },
      show: { type: Boolean, value: true, observer: '_showChange' },
    },
    data: { displayStyle: '' },
    lifetimes: {
      attached() {
        const rect = wx.getMenuButtonBoundingClientRect()
        const platform = (wx.getDeviceInfo() || wx.getSystemInfoSync()).platform
        const isDevtools = platform === 'devtools'
        const { windowWidth, safeArea: { top = 0, bottom = 0 } = {} } = wx.getWindowInfo() || wx.getSystemInfoSync()
        this.setData({
          ios: platform !== 'android', innerPaddingRight: \`padding-right: \${windowWidth - rect.left}px\`, leftWidth: \`width: \${windowWidth - rect.left}px\`,
          safeAreaTop: isDevtools || platform === 'android' ? \`height: calc(var(--height) + \${top}px); padding-top: \${top}px\` : '',
        })
      },
    },
    methods: {
      _showChange(show) { this.setData({ displayStyle: show ? '' : 'none' }) },
      back() { wx.navigateBack({ delta: this.data.delta }); this.triggerEvent('back', { delta: this.data.delta }, {}) },
    },
  })`,
}

test('what DevTools makes for a newcomer runs as it is', () => withFiles(quickstart, async (dir) => {
  const phone = startPhone(await build(dir))
  const { all, tap, text, byId, window, host, globals } = phone
  assert.deepEqual(all('wx-text').filter((one) => /bar-title/.test(one.className)).map((one) => one.textContent), ['Weixin'], 'its own navigation-bar, not WeChat\'s')
  assert.ok(all('.phone-bar')[0].classList.contains('phone-bar-custom'))

  tap('avatar-button')
  ;(await until(() => all('.phone-avatar-own')[0])).click()
  await until(() => byId('avatar').querySelector('img').src.startsWith('data:image/png;base64,'))
  const control = byId('nickname').querySelector('input')
  control.value = 'Ann'
  control.dispatchEvent(new window.Event('input', { bubbles: true }))
  control.dispatchEvent(new window.Event('change', { bubbles: true }))
  await until(() => text('who') === 'Ann')

  tap('done')
  await until(() => phone.phone.route === 'pages/logs/logs')
  assert.deepEqual(all('.log-item').map((one) => one.textContent), ['1. 2026/01/01'])
  const back = all('[aria-label="返回"]').find((one) => one.tagName === 'WX-VIEW')
  assert.equal(back.getAttribute('role'), 'button')
  tap(back)
  await until(() => phone.phone.route === 'pages/index/index')
  await until(() => globals.getApp().globalData.code === 'code-1')
  assert.deepEqual(host.logs.filter(([level]) => level !== 'info'), [])
  assert.deepEqual(phone.errors, [])
  phone.close()
}))

test('100vh is the place of the pages, without the bars', () => withFiles(quickstart, async (dir) => {
  const phone = startPhone(await build(dir))
  assert.match(phone.window.document.querySelector('style[data-path="pages/index/index"]').textContent, /height: 100cqh/)
  phone.close()
}))
