import { assetUrl } from '../assets'
import { wechatPicture } from '../consent/picture'
import type { Builtin } from './define'

export const image: Builtin = {
  name: 'image',
  properties: { src: '', mode: 'scaleToFill', webp: false, lazyLoad: false, showMenuByLongpress: false, fadeIn: false },
  mount({ context, element, self, get, fire }) {
    const picture = document.createElement('img')
    element.append(picture)
    picture.addEventListener('load', (event) => {
      event.stopPropagation()
      fire('load', { width: picture.naturalWidth, height: picture.naturalHeight })
    })
    picture.addEventListener('error', (event) => {
      event.stopPropagation()
      fire('error', { errMsg: `GET ${get<string>('src')} failed` })
    })
    return (changed) => {
      element.setAttribute('mode', get<string>('mode'))
      picture.loading = get<boolean>('lazyLoad') ? 'lazy' : 'eager'
      // Without a name a picture is decoration.
      picture.alt = get<string | null>('ariaLabel') ?? ''
      element.removeAttribute('aria-label')
      if (changed !== null && changed !== 'src') return
      const src = get<string>('src')
      const is = self.ownerShadowRoot?.getHostNode().is ?? ''
      if (src) picture.src = context.files.url(src) ?? wechatPicture(src) ?? assetUrl(context.program, src, is)
      else picture.removeAttribute('src')
    }
  },
}
