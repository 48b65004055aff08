import type { SessionItem } from '@hufu/miniprogram'
import type { ExampleApp } from '../../app'
import { explain } from '../../failures'
import type { Failure } from '../../failures'
import { language, textsIn } from '../../texts'
import { day } from '../../times'

/** A session as a line of the list. */
interface Line {
  id: string
  device: string
  system: string
  createdAt: string
  lastUsedAt: string
  current: boolean
}

const { hufu } = getApp<ExampleApp>()
const spoken = language()
const t = textsIn(spoken)

Page({
  data: {
    t,
    sessions: [] as Line[],
    loading: true,
    /** The id of the session that is being ended. */
    ending: '',
    failure: null as Failure | null,
  },

  onLoad() {
    wx.setNavigationBarTitle({ title: t.sessions })
    this.load()
  },

  async load() {
    this.setData({ failure: null })
    try {
      const sessions = await hufu.sessions()
      this.setData({ sessions: sessions.map(lineOf) })
    } catch (error) {
      this.setData({ failure: explain(error, spoken) })
    }
    this.setData({ loading: false })
  },

  async end(event: WechatMiniprogram.TouchEvent) {
    if (this.data.ending) return
    const id: string = event.currentTarget.dataset.id
    const own = this.data.sessions.some((line) => line.id === id && line.current)
    this.setData({ ending: id, failure: null })
    try {
      // One's own is a logout, to the client too.
      await hufu.endSession(id)
      if (own) wx.navigateBack()
      else await this.load()
    } catch (error) {
      this.setData({ failure: explain(error, spoken) })
    }
    this.setData({ ending: '' })
  },
})

function lineOf(item: SessionItem): Line {
  const { model, system } = item.device ?? {}
  return {
    id: item.session_id,
    device: typeof model === 'string' && model ? model : t.unknownDevice,
    system: typeof system === 'string' ? system : '',
    createdAt: day(item.created_at),
    lastUsedAt: day(item.last_used_at),
    current: item.current,
  }
}
