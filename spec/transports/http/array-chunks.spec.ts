import fc from 'fast-check'
import { expect, it } from 'vitest'
import { nextTurn } from '../../../lib/core/turn.ts'
import { arrayChunks } from '../../../lib/transports/http/array-chunks.ts'

/** When an item comes: in the same turn as the one before, or later. */
const when = fc.constantFrom('now', 'microtask', 'tick', 'turn')
const items = fc.array(fc.record({ length: fc.constantFrom(1, 100, 5_000, 10_000, 20_000), when }), {
  maxLength: 12,
})

it('joins what comes to one array, however it comes, and however fast it is taken', async () => {
  await fc.assert(
    fc.asyncProperty(items, fc.boolean(), async (all, isSlow) => {
      async function* source() {
        for (const { length, when: time } of all) {
          if (time === 'microtask') await Promise.resolve()
          if (time === 'tick') await new Promise<void>((resolve) => process.nextTick(resolve))
          if (time === 'turn') await nextTurn()
          yield 'x'.repeat(length)
        }
      }
      let text = ''
      for await (const chunk of arrayChunks(source(), JSON.stringify)) {
        expect(chunk).not.toBe('')
        text += chunk
        if (isSlow) await nextTurn()
      }
      expect((JSON.parse(text) as string[]).map((item) => item.length)).toEqual(
        all.map(({ length }) => length),
      )
    }),
    { numRuns: 500 },
  )
})
