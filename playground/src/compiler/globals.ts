/** What a mini program has as globals; the phone gives each. */
export const GIVEN = [
  'wx', 'App', 'Page', 'Component', 'Behavior', 'getApp', 'getCurrentPages', 'console', 'setTimeout', 'clearTimeout', 'setInterval',
  'clearInterval', 'getRegExp', 'getDate', 'globalThis', 'global',
] as const

/**
 * What a browser has and a mini program has not: undefined to it, so that a
 * program which would fail on a phone fails here too. It is no wall: nothing
 * here keeps out code that means harm.
 */
export const WITHHELD = [
  'window', 'self', 'document', 'location', 'history', 'navigator', 'screen', 'top', 'parent', 'frames', 'frameElement', 'opener', 'origin',
  'name', 'status', 'event', 'external', 'fetch', 'XMLHttpRequest', 'WebSocket', 'EventSource', 'Worker', 'SharedWorker', 'localStorage',
  'sessionStorage', 'indexedDB', 'caches', 'cookieStore', 'alert', 'confirm', 'prompt', 'open', 'close', 'print', 'postMessage', 'Image', 'Audio', 'Option',
  'FormData', 'Headers', 'Request', 'Response', 'Blob', 'File', 'FileReader', 'URL', 'URLSearchParams', 'TextEncoder', 'TextDecoder',
  'AbortController', 'AbortSignal', 'crypto', 'performance', 'atob', 'btoa', 'structuredClone', 'queueMicrotask', 'requestAnimationFrame',
  'cancelAnimationFrame', 'requestIdleCallback', 'addEventListener', 'removeEventListener', 'dispatchEvent', 'matchMedia',
  'getComputedStyle', 'Node', 'Element', 'HTMLElement', 'Event', 'CustomEvent', 'EventTarget', 'MutationObserver', 'IntersectionObserver',
  'ResizeObserver', 'customElements', 'DOMParser', 'BroadcastChannel', 'MessageChannel', 'process', 'Buffer', 'hufuProgram', 'startPhone',
] as const
