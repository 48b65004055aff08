import { readFile } from 'node:fs/promises'
import path from 'node:path'

/**
 * An esbuild plugin that puts the WebAssembly of the template compiler into
 * the bundle: the package reads it from its own folder, which whoever runs the
 * bundle does not have. It also adds `renew`: the order of what the compiler
 * writes hangs on all it did before, so each compile wants a fresh instance.
 */
export const inlineWasm = {
  name: 'inline-wasm',
  setup({ onLoad }) {
    onLoad({ filter: /glass_easel_template_compiler\.js$/ }, async ({ path: file }) => {
      const source = await readFile(file, 'utf8')
      const wasm = await readFile(path.join(path.dirname(file), 'glass_easel_template_compiler_bg.wasm'), 'base64')
      const reading = /const path = require\('path'\)[^\n]*\nconst bytes = require\('fs'\)[^\n]*\n/
      if (!reading.test(source)) throw new Error('the template compiler reads its WebAssembly in another way than expected')
      const inlined = source.replace(reading, () => `const bytes = Buffer.from('${wasm}', 'base64');\n`)
      const renew = 'wasm = new WebAssembly.Instance(wasmModule, imports).exports; cachedUint8Memory0 = null; cachedInt32Memory0 = null'
      return { contents: `${inlined}\nmodule.exports.renew = () => { ${renew} };\n`, loader: 'js' }
    })
  },
}
