import { expect, it, vi } from 'vitest'
import { assertGenerates, createCode } from '../../../lib/wire/protobuf/code.ts'

it('generated functions know the values that they use by names of their own', () => {
  const code = createCode()
  const [one, two] = [code.use({ n: 1 }), code.use({ n: 2 })]
  const add = code.finish('x', [`return ${one}.n + ${two}.n + x`]) as (x: number) => number
  expect(add(3)).toBe(6)
})

it('where generated code is forbidden, that is said at once', () => {
  vi.stubGlobal('Function', () => {
    throw new EvalError('Code generation from strings disallowed for this context')
  })
  try {
    expect(() => assertGenerates()).toThrow(/--disallow-code-generation-from-strings/)
  } finally {
    vi.unstubAllGlobals()
  }
})
