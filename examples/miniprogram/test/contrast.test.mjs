import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { test } from 'node:test'
import { root } from './program.mjs'

const wxss = await readFile(path.join(root, 'app.wxss'), 'utf8')
const [light, dark] = wxss.split('@media (prefers-color-scheme: dark)').map((part) => (
  Object.fromEntries([...part.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(([, name, colour]) => [name, colour]))
))

/** Text and what it stands on. */
const pairs = [
  ['text', 'card'], ['text', 'control'], ['text', 'bad'], ['quiet', 'page'], ['quiet', 'card'], ['quiet', 'control'], ['quiet', 'bad'],
  ['good-text', 'good'], ['bad-text', 'bad'], ['bad-text', 'control'], ['good-text', 'control'], ['white', 'main'],
]

/** WCAG 2.2, relative luminance. */
function luminance(colour) {
  const [r, g, b] = [1, 3, 5].map((i) => parseInt(colour.slice(i, i + 2), 16) / 255)
    .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

for (const [name, colours] of [['light', light], ['dark', { ...light, ...dark }]]) {
  test(`${name}: every text has a contrast of 4.5:1`, () => {
    const all = { ...colours, white: '#ffffff' }
    for (const [text, ground] of pairs) {
      const [low, high] = [luminance(all[text]), luminance(all[ground])].sort((a, b) => a - b)
      const contrast = (high + 0.05) / (low + 0.05)
      assert.ok(contrast >= 4.5, `${text} on ${ground}: ${contrast.toFixed(2)}`)
    }
  })
}
