import assert from 'node:assert/strict'
import path from 'node:path'
import test from 'node:test'
import ts from 'typescript'

const file = path.join(import.meta.dirname, 'types/consumer.mts')
const strict = {
  strict: true, noUncheckedIndexedAccess: true, exactOptionalPropertyTypes: true, noEmit: true, target: ts.ScriptTarget.ES2020, lib: ['lib.es2020.d.ts'],
  types: ['miniprogram-api-typings'], skipLibCheck: false,
}

for (const [name, options] of [
  ['a bundler', { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler }],
  ['Node', { module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext }],
  ['WeChat DevTools', { module: ts.ModuleKind.CommonJS, moduleResolution: ts.ModuleResolutionKind.Node10, ignoreDeprecations: '5.0' }],
]) {
  test(`an app's code compiles as ${name} resolves modules`, () => {
    const program = ts.createProgram([file], { ...strict, ...options })
    const wrong = ts.getPreEmitDiagnostics(program).filter((d) => !d.file?.fileName.includes('miniprogram-api-typings'))
    assert.deepEqual(wrong.map((d) => `${d.file?.fileName}: ${ts.flattenDiagnosticMessageText(d.messageText, '\n')}`), [])
  })
}
