/** The last part of the address of the picture that WeChat gives in the place of everybody's. */
const GREY = 'POgEwh4mIHO4nibH0KlMECNjjGxQUq24ZEaGT4poC6icRiccVGKSyXwibcPq4BWmiaIGuG1icwxaQX6grC9VemZoJ8rg'

/** WeChat's host of profile pictures. */
const HOST = /^https?:\/\/(?:[a-z]+\.)?qlogo\.cn\//i

const figure = (ground: string, person: string): string => `data:image/svg+xml,${encodeURIComponent(
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 132 132"><path fill="${ground}" d="M0 0h132v132H0z"/>`
  + `<path fill="${person}" d="M66 28a24 24 0 1 1 0 48 24 24 0 0 1 0-48zM22 122c0-24 20-38 44-38s44 14 44 38z"/></svg>`,
)}`

/**
 * The profile pictures of a simulated WeChat are at no real address, and the
 * phone asks nobody outside for them: it draws them itself. Null for any other
 * address.
 */
export function wechatPicture(src: string): string | null {
  if (!HOST.test(src)) return null
  return src.includes(GREY) ? figure('#d8d8d8', '#ffffff') : figure('#3b5b92', '#f2d7b6')
}
