import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { test } from 'node:test'
import ts from 'typescript'
import { root } from './program.mjs'

const repository = path.join(root, '../..')
const guides = await Promise.all(
  ['docs/from-the-tutorial.md', 'docs/from-the-tutorial.zh.md'].map((file) => readFile(path.join(repository, file), 'utf8')),
)

const blocksOf = (text) => [...text.matchAll(/^```(\w+)\n(.*?)^```/gms)].map(([, language, code]) => ({ language, code }))

/** The code without what may differ between the languages: comments and Chinese or English words. */
const bare = (code) => code.replace(/\s*(\/\/|\/\*).*$/gm, '').replace(/name: \S+\}/, 'name: …}').replace(/console\.log\('[^']*',/, 'console.log(')

test('both languages have the same sections, code and playground links', () => {
  const [en, zh] = guides.map((text) => ({
    sections: text.match(/^## \d?/gm),
    code: blocksOf(text).map(({ language, code }) => `${language}\n${bare(code)}`),
    scenarios: text.match(/\?scenario=[\w-]+/g),
  }))
  assert.deepEqual(zh, en)
})

test('the snippets of the hufu side compile', () => {
  const snippets = new Map(guides.flatMap((text, guide) => blocksOf(text)
    .filter(({ language }) => language === 'ts')
    .map(({ code }, i) => [path.join(root, `guide-${guide}-${i}.ts`), `${code}\nexport {}\n`])))
  snippets.set(path.join(root, 'guide.d.ts'), "declare const hufu: import('@hufu/miniprogram').Hufu\n")
  assert.ok(snippets.size > 10)

  const options = {
    target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler, lib: ['lib.es2022.d.ts'],
    types: ['miniprogram-api-typings'], strict: true, skipLibCheck: true, noEmit: true,
    paths: { '@hufu/miniprogram': [path.join(repository, 'sdk/miniprogram/src/index.ts')] },
  }
  const host = ts.createCompilerHost(options)
  const { fileExists, readFile: read, getSourceFile } = host
  host.getCurrentDirectory = () => root
  host.fileExists = (file) => snippets.has(file) || fileExists(file)
  host.readFile = (file) => snippets.get(file) ?? read(file)
  host.getSourceFile = (file, version, ...rest) => (snippets.has(file)
    ? ts.createSourceFile(file, snippets.get(file), version)
    : getSourceFile(file, version, ...rest))
  const program = ts.createProgram([...snippets.keys()], options, host)
  const wrong = ts.getPreEmitDiagnostics(program).filter(({ file }) => !file || snippets.has(file.fileName))
  assert.deepEqual(wrong.map((d) => `${d.file?.fileName}: ${ts.flattenDiagnosticMessageText(d.messageText, '\n')}`), [])
})

test('no secret of WeChat is handled by the hufu side', () => {
  for (const text of guides) {
    for (const { language, code } of blocksOf(text)) {
      if (language === 'ts') assert.doesNotMatch(code, /secret:|session_key|jscode2session/)
    }
  }
})
