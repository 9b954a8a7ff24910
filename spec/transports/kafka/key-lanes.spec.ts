import { describe, expect, it } from 'vitest'
import { createKeyLanes } from '../../../lib/transports/kafka/handling/key-lanes.ts'

describe('lanes', () => {
  it('run what shares a key one after the other, and all else at once', async () => {
    const lanes = createKeyLanes()
    const began: string[] = []
    const ends = new Map<string, () => void>()
    const run = (key: string, name: string): void =>
      lanes.run(key, (ended) => {
        began.push(name)
        ends.set(name, ended)
      })
    run('a', 'a1')
    run('a', 'a2')
    run('b', 'b1')
    run('another', 'free')
    run('a', 'a3')
    expect(began).toEqual(['a1', 'b1', 'free'])
    ends.get('a1')!()
    await Promise.resolve()
    expect(began).toEqual(['a1', 'b1', 'free', 'a2'])
    ends.get('b1')!()
    ends.get('free')!()
    ends.get('a2')!()
    await Promise.resolve()
    expect(began.at(-1)).toBe('a3')
    ends.get('a3')!()
    await Promise.resolve()
    run('a', 'a4')
    expect(began.at(-1)).toBe('a4')
  })

  it('run any number that end at once', async () => {
    const lanes = createKeyLanes()
    const order: number[] = []
    for (let i = 0; i < 50_000; i++)
      lanes.run('one', (ended) => {
        order.push(i)
        ended()
      })
    await new Promise(setImmediate)
    expect(order).toEqual(Array.from({ length: 50_000 }, (_, i) => i))
  })
})
