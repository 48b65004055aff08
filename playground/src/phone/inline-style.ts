import { glassEasel } from 'glass-easel-miniprogram-adapter'
import type { Context } from './phone'

/** Units of WeChat's also in `style="…"`: the compiler sees only style sheets. */
export function convertInlineStyles({ life }: Context): void {
  const { prototype } = glassEasel.Element
  const original = prototype.setNodeStyle
  prototype.setNodeStyle = function (this: glassEasel.Element, style: string, ...rest) {
    const converted = String(style).replace(/(\d)vh\b/g, '$1cqh').replace(/(-?(?:\d+\.?\d*|\.\d+))rpx\b/g, (_, n: string) => `calc(var(--rpx) * ${Number(n)})`)
    return original.call(this, converted, ...rest)
  }
  life.onEnd(() => {
    prototype.setNodeStyle = original
  })
}
