/** WeChat's own elements: in what is compiled they are called `wx-…`, so that the browser's never stand in for them. */
export const BUILTINS: ReadonlySet<string> = new Set([
  'view', 'text', 'button', 'input', 'textarea', 'image', 'icon', 'form', 'label', 'checkbox', 'checkbox-group', 'radio', 'radio-group',
  'switch', 'picker', 'scroll-view', 'navigator',
])

/** Those of WeChat's elements that the phone does not have; drawn as a view. */
export const MISSING: ReadonlySet<string> = new Set([
  'cover-view', 'swiper', 'swiper-item', 'progress', 'slider', 'rich-text', 'cover-image', 'web-view', 'canvas', 'video', 'audio', 'camera',
  'map', 'live-player', 'live-pusher', 'editor', 'picker-view', 'picker-view-column', 'movable-area', 'movable-view', 'page-container',
  'page-meta', 'navigation-bar', 'root-portal', 'ad', 'official-account', 'open-data', 'match-media', 'share-element', 'grid-view',
  'list-view', 'sticky-header', 'sticky-section', 'snapshot', 'span',
])

/** What belongs to the template language itself. */
export const LANGUAGE: ReadonlySet<string> = new Set(['block', 'template', 'import', 'include', 'slot', 'wxs'])
