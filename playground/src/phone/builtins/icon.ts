import type { Builtin } from './define'

const SIGNS: Record<string, [sign: string, color: string]> = {
  success: ['✓', '#07c160'], success_no_circle: ['✓', '#07c160'], info: ['i', '#10aeff'], warn: ['!', '#f76260'], waiting: ['…', '#10aeff'],
  cancel: ['×', '#f43530'], download: ['↓', '#07c160'], search: ['⌕', '#b2b2b2'], clear: ['×', '#b2b2b2'],
}

export const icon: Builtin = {
  name: 'icon',
  properties: { type: '', size: 23, color: '' },
  mount({ element, get }) {
    const sign = document.createElement('span')
    element.append(sign)
    return () => {
      const [text, color] = SIGNS[get<string>('type')] ?? ['', '']
      const size = get<number>('size')
      sign.textContent = text
      element.setAttribute('role', 'img')
      if (!element.hasAttribute('aria-label')) element.setAttribute('aria-label', get<string>('type'))
      element.style.cssText = `--icon:${Number(size) || 23}px;color:${get<string>('color') || color}`
    }
  },
}
