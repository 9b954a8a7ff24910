import { describe, expect, it } from 'vitest'
import { isIterable, iterate } from '../../lib/core/iterate.ts'

const collect = async (items: AsyncIterable<unknown>): Promise<unknown[]> => {
  const all: unknown[] = []
  for await (const item of items) all.push(item)
  return all
}

function source(events: string[], failAt?: number) {
  return (async function* () {
    try {
      for (let i = 0; i < 3; i++) {
        if (i === failAt) throw new Error('source')
        yield i
      }
    } finally {
      events.push('source ended')
    }
  })()
}

describe('isIterable', () => {
  it.each([
    [[1], true],
    [new Set(), true],
    [(async function* () {})(), true],
    ['text', false],
    [{}, false],
    [null, false],
    [undefined, false],
    [1, false],
  ])('says of %o: %s', (value, expected) => {
    expect(isIterable(value)).toBe(expected)
  })
})

describe('iterate', () => {
  it('maps each item with its index, of either sort of iterable', async () => {
    const map = (item: unknown, index: number): unknown => [item, index]
    expect(await collect(iterate(['a', 'b'], { map }))).toEqual([
      ['a', 0],
      ['b', 1],
    ])
    expect(await collect(iterate(source([]), { map }))).toEqual([
      [0, 0],
      [1, 1],
      [2, 2],
    ])
  })

  it('runs end once, behind the source, whether it went to the end, was left or failed', async () => {
    for (const how of ['end', 'leave', 'fail'] as const) {
      const events: string[] = []
      const items = iterate(source(events, how === 'fail' ? 1 : undefined), {
        end: (error) => void events.push(`end ${error instanceof Error ? error.message : String(error)}`),
      })
      const read = async (): Promise<void> => {
        for await (const _ of items) if (how === 'leave') break
      }
      await read().catch(() => events.push('thrown'))
      await items.return?.()
      expect(await items.next()).toEqual({ done: true, value: undefined })
      expect(events).toEqual(
        {
          end: ['source ended', 'end undefined'],
          leave: ['source ended', 'end undefined'],
          fail: ['source ended', 'end source', 'thrown'],
        }[how],
      )
    }
  })

  it('closes the source when the map throws, and throws what fail makes of it', async () => {
    const events: string[] = []
    const items = iterate(source(events), {
      map: () => {
        throw new Error('map')
      },
      fail: (error) => new Error(`failed: ${(error as Error).message}`),
      end: (error) => void events.push((error as Error).message),
    })
    await expect(items.next()).rejects.toThrow('failed: map')
    expect(events).toEqual(['source ended', 'map'])
  })

  it('throws what end throws where it would have ended well', async () => {
    const items = iterate([], {
      end: () => {
        throw new Error('clean-up')
      },
    })
    await expect(items.next()).rejects.toThrow('clean-up')
  })

  it('aborts at once while an item is awaited, and closes the source', async () => {
    const events: string[] = []
    let abort!: (error: unknown) => void
    const never = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise<never>(() => {}),
        return: async () => (events.push('closed'), { done: true as const, value: undefined }),
      }),
    }
    const ended: unknown[] = []
    const items = iterate(never, { abort: (run) => (abort = run), end: (error) => void ended.push(error) })
    const pending = items.next()
    const enough = new Error('enough')
    abort(enough)
    await expect(pending).rejects.toBe(enough)
    await expect(items.next()).rejects.toBe(enough)
    expect(ended).toEqual([enough])
    expect(events).toEqual(['closed'])
  })

  it('opens the source only when it is first asked', async () => {
    let opened = 0
    const items = iterate({ [Symbol.iterator]: () => (opened++, [][Symbol.iterator]()) }, {})
    expect(opened).toBe(0)
    await items.next()
    expect(opened).toBe(1)
  })

  it('throws what opening the source throws', async () => {
    const broken = {
      [Symbol.iterator]: () => {
        throw new Error('no')
      },
    }
    await expect(iterate(broken, {}).next()).rejects.toThrow('no')
  })
})
