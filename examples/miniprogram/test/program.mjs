import path from 'node:path'
import { fileURLToPath } from 'node:url'
import vm from 'node:vm'
import { build } from 'esbuild'

/** The mini program's folder. */
export const root = fileURLToPath(new URL('..', import.meta.url))

const sdk = path.join(root, '../../sdk/miniprogram/src/index.ts')

/**
 * Runs source that imports of the mini program, as WeChat would, with nothing
 * of Node around it but what is given, and returns its exports.
 */
export async function run(source, globals = {}) {
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: root, loader: 'ts' }, bundle: true, write: false, format: 'iife', globalName: 'exported',
    target: 'es2017', alias: { '@hufu/miniprogram': sdk }, logLevel: 'silent',
  })
  return vm.runInNewContext(`${outputFiles[0].text}\nexported`, { setTimeout, clearTimeout, console, ...globals })
}

/** The wx of a phone that speaks this language; records what it was told. */
export function phone(language = 'zh_CN') {
  const told = []
  return {
    told,
    getAppBaseInfo: () => ({ language }),
    getExtConfigSync: () => ({}),
    setClipboardData: (options) => told.push(['setClipboardData', options.data]),
    navigateTo: (options) => told.push(['navigateTo', options.url]),
    setNavigationBarTitle: () => {},
    navigateBack: () => told.push(['navigateBack']),
  }
}

/** Opens a page on a client; the page it gives back has `data` and its methods. */
export async function open(module, { hufu, launched = Promise.resolve(hufu.session), language } = {}) {
  const wx = phone(language)
  let options
  await run(`import './${module}'`, { wx, getApp: () => ({ hufu, launched }), Page: (given) => (options = given) })
  const page = { ...options, data: structuredClone(options.data), wx, setData: (change) => assign(page.data, change) }
  page.onLoad?.({})
  return page
}

/** What setData does, as far as this program needs it: keys and paths of two parts. */
function assign(data, change) {
  for (const [key, value] of Object.entries(change)) {
    const [name, part] = key.split('.')
    if (part) data[name] = { ...data[name], [part]: value }
    else data[name] = value
  }
}
