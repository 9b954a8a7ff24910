import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import * as withBuffer from '../../lib/core/base64.ts'

async function withoutBuffer(): Promise<typeof withBuffer> {
  vi.stubGlobal('Buffer', undefined)
  vi.resetModules()
  try {
    return await import('../../lib/core/base64.ts')
  } finally {
    vi.unstubAllGlobals()
  }
}

describe.each([
  ['with Buffer', async () => withBuffer],
  ['without Buffer, as in a browser', withoutBuffer],
] as const)('base64 %s', (_, load) => {
  it('gives back the bytes that were written, with or without padding', async () => {
    const { fromBase64, toBase64, isBase64 } = await load()
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20_000 }), (bytes) => {
        const text = toBase64(bytes)
        expect(text).toBe(Buffer.from(bytes).toString('base64'))
        expect(isBase64(text)).toBe(true)
        expect(fromBase64(text)).toEqual(bytes)
        expect(fromBase64(text.replace(/=+$/, ''))).toEqual(bytes)
      }),
    )
  })

  it('writes the part of a buffer that an array looks at', async () => {
    const { toBase64 } = await load()
    expect(toBase64(new Uint8Array([1, 2, 3, 4]).subarray(1, 3))).toBe('AgM=')
  })

  it.each(['*', 'A', 'AAAAA', 'AA=', 'A===', 'AA==AA==', 'AA-_', 'AA ', '=', '\n'])(
    'refuses %j',
    async (text) => {
      const { fromBase64, isBase64 } = await load()
      expect(isBase64(text)).toBe(false)
      expect(() => fromBase64(text)).toThrow('not base64')
    },
  )
})
