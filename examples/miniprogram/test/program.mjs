import path from 'node:path'
import { fileURLToPath } from 'node:url'
import vm from 'node:vm'
import { build } from 'esbuild'

/** The mini program's folder. */
export const root = fileURLToPath(new URL('..', import.meta.url))

const sdk = path.join(root, '../../sdk/miniprogram/src')
const alias = { '@hufu/miniprogram/user-data': path.join(sdk, 'user-data.ts'), '@hufu/miniprogram': path.join(sdk, 'index.ts') }

/**
 * Runs source that imports of the mini program, as WeChat would, with nothing
 * of Node around it but what is given, and returns its exports.
 */
export async function run(source, globals = {}, plugins = []) {
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: root, loader: 'ts' }, bundle: true, write: false, format: 'iife', globalName: 'exported',
    target: 'es2017', alias, plugins, logLevel: 'silent',
  })
  return vm.runInNewContext(`${outputFiles[0].text}\nexported`, { setTimeout, clearTimeout, console, ...globals })
}

/** The wx of a phone that speaks this language; records what it was told. `more` is what else it can, or does otherwise. */
export function phone(language = 'zh_CN', more = {}) {
  const told = []
  return {
    told,
    getAppBaseInfo: () => ({ language }),
    getDeviceInfo: () => ({ model: 'Phone', system: 'OS 1' }),
    getExtConfigSync: () => ({}),
    setClipboardData: (options) => told.push(['setClipboardData', options.data]),
    navigateTo: (options) => told.push(['navigateTo', options.url]),
    setNavigationBarTitle: () => {},
    navigateBack: () => told.push(['navigateBack']),
    canIUse: () => true,
    ...more,
  }
}

/**
 * Runs a page or component as its app does: with the client that is given, and
 * the SDK's own second entry over it.
 */
async function load(module, { hufu, launched = Promise.resolve(hufu.session), language, wx: more }, globals) {
  const wx = phone(language, more)
  const app = { hufu, launched }
  // First of all modules: the one HufuError of this run is the page's and the SDK's.
  const source = `import 'first'\nimport './${module}'`
  const first = { name: 'first', setup(build) {
    build.onResolve({ filter: /^first$/ }, () => ({ path: 'first', namespace: 'first' }))
    build.onLoad({ filter: /.*/, namespace: 'first' }, () => ({
      contents: `import { HufuError } from '@hufu/miniprogram'\nimport { createUserData } from '@hufu/miniprogram/user-data'\nmade({ HufuError, createUserData })`,
      resolveDir: root,
    }))
  } }
  const made = ({ HufuError, createUserData }) => {
    app.HufuError = HufuError
    app.userData = createUserData(hufu)
  }
  await run(source, { wx, made, getApp: () => app, ...globals }, [first])
  return { wx, app }
}

/** Opens a page on a client; the page it gives back has `data` and its methods. */
export async function open(module, given = {}) {
  let options
  const { wx, app } = await load(module, given, { Page: (page) => (options = page) })
  const page = { ...options, data: structuredClone(options.data), wx, app, setData: (change) => assign(page.data, change) }
  page.onLoad?.({})
  return page
}

/** Attaches a component; what it gives back has `data`, its methods, and `fired`, the events. */
export async function attach(module, given = {}) {
  let options
  const { wx, app } = await load(module, given, { Component: (component) => (options = component) })
  const fired = []
  const component = {
    ...options.methods, data: structuredClone(options.data), wx, app, fired,
    setData: (change) => assign(component.data, change),
    triggerEvent: (name, detail) => fired.push([name, detail]),
    detach: () => options.lifetimes.detached.call(component),
  }
  options.lifetimes.attached.call(component)
  return component
}

/** What setData does, as far as this program needs it: keys and paths of two parts. */
function assign(data, change) {
  for (const [key, value] of Object.entries(change)) {
    const [name, part] = key.split('.')
    if (part) data[name] = { ...data[name], [part]: value }
    else data[name] = value
  }
}
