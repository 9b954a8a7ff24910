import fc from 'fast-check'
import { expect, it } from 'vitest'
import { parseAppArgument } from '../../lib/cli/app-argument.ts'

it.each([
  ['app.ts', 'app.ts', 'app', false],
  ['src/app.ts:app', 'src/app.ts', 'app', false],
  ['src/app.ts:default', 'src/app.ts', 'default', false],
  ['src/app.ts:createApp()', 'src/app.ts', 'createApp', true],
  [String.raw`C:\src\app.ts`, String.raw`C:\src\app.ts`, 'app', false],
  [String.raw`C:\src\app.ts:$app_1`, String.raw`C:\src\app.ts`, '$app_1', false],
  ['C:app', 'C:app', 'app', false],
  ['a:b/app.ts', 'a:b/app.ts', 'app', false],
  ['a:b/app.ts:größe', 'a:b/app.ts', 'größe', false],
  ['app.ts:', 'app.ts:', 'app', false],
  ['app.ts:1', 'app.ts:1', 'app', false],
])('%s', (text, file, name, isFactory) => {
  expect(parseAppArgument(text)).toEqual({ file, name, isFactory })
})

it('takes any file and name apart again', () => {
  const name = fc.stringMatching(/^[A-Za-z_$][A-Za-z0-9_$]{0,8}$/)
  // Windows' drives have names of one letter.
  fc.assert(
    fc.property(fc.string({ minLength: 2 }), name, fc.boolean(), (file, own, isFactory) => {
      fc.pre(!/[\n\r\u2028\u2029]/.test(file))
      expect(parseAppArgument(`${file}:${own}${isFactory ? '()' : ''}`)).toEqual({
        file,
        name: own,
        isFactory,
      })
    }),
  )
})
