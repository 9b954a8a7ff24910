import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RpcError } from '../../../lib/core/errors.ts'
import { Lane } from '../../../lib/wire/broker/lane.ts'

interface Sent {
  readonly number: number
  readonly body: string
  readonly confirmed: () => void
}

/** A lane whose broker is the test. */
function laneOf(maxBufferedBytes = 1_000_000) {
  const sent: Sent[] = []
  const received: { text: string; bytes: number }[] = []
  let broken: RpcError | undefined
  let drains = 0
  const lane = new Lane(
    {
      maxBufferedBytes,
      carrier: { publish: (number, body, confirmed) => void sent.push({ number, body, confirmed }) },
      broken(reason) {
        broken = reason
        lane.close()
      },
    },
    0,
  )
  lane.attach({
    receive: (text, bytes) => void received.push({ text, bytes }),
    drained: () => void drains++,
    lost() {},
    size: 0,
  })
  return { lane, sent, received, broken: () => broken, drains: () => drains }
}

const nextTick = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve))

describe('a lane', () => {
  it('puts what a turn sends into one message, and long turns into several', async () => {
    const { lane, sent } = laneOf()
    for (const text of ['a', 'b', 'c']) lane.send(text)
    expect(sent).toEqual([])
    await nextTick()
    expect(sent.map(({ number, body }) => [number, body])).toEqual([[0, 'a\nb\nc']])
    const long = 'x'.repeat(16_384)
    lane.send(long)
    lane.send('d')
    await nextTick()
    expect(sent.slice(1).map(({ number, body }) => [number, body])).toEqual([
      [1, long],
      [2, 'd'],
    ])
  })

  it('says when it is full, and when the broker has confirmed half of that', async () => {
    const { lane, sent, drains } = laneOf(10)
    expect(lane.send('12345')).toBe(true)
    await nextTick()
    expect(lane.send('123456')).toBe(false)
    await nextTick()
    expect(lane.send('1')).toBe(false)
    await nextTick()
    sent[0]!.confirmed()
    expect(drains()).toBe(0)
    sent[1]!.confirmed()
    expect(drains()).toBe(1)
    expect(lane.send('1')).toBe(true)
  })

  it('counts bytes as the sender does, whatever the text', () => {
    const { lane, received } = laneOf()
    for (const [number, body] of [
      [0, 'a\nbc'],
      [1, 'ä\n€x\n😀'],
    ] as const)
      lane.receive(number, body, Buffer.byteLength(body), 1)
    expect(received).toEqual([
      { text: 'a', bytes: 1 },
      { text: 'bc', bytes: 2 },
      { text: 'ä', bytes: 2 },
      { text: '€x', bytes: 4 },
      { text: '😀', bytes: 4 },
    ])
    expect(lane.heardAt).toBe(1)
  })

  it('holds what comes while it is paused', () => {
    const { lane, received } = laneOf()
    lane.pause()
    lane.receive(0, 'a\nb', 3, 1)
    expect(received).toEqual([])
    lane.resume()
    lane.receive(1, 'c', 1, 1)
    expect(received.map(({ text }) => text)).toEqual(['a', 'b', 'c'])
  })

  it('breaks where more is held than it may', () => {
    const { lane, broken } = laneOf()
    lane.pause()
    const body = 'x'.repeat(1_048_576)
    for (let number = 0; number < 16; number++) lane.receive(number, body, body.length, 1)
    expect(broken()).toBeUndefined()
    lane.receive(16, body, body.length, 1)
    expect(broken()).toMatchObject({ code: 'RESOURCE_EXHAUSTED' })
  })

  it('drops what comes twice, and breaks with DATA_LOSS where something is missing', () => {
    const numbers = fc.array(fc.nat({ max: 8 }), { maxLength: 30 })
    fc.assert(
      fc.property(numbers, (arrivals) => {
        const { lane, received, broken } = laneOf()
        let due = 0
        let gap: number | undefined
        for (const number of arrivals) {
          lane.receive(number, String(number), 1, 1)
          if (gap !== undefined) continue
          if (number === due) due++
          else if (number > due) gap = number
        }
        expect(received.map(({ text }) => Number(text))).toEqual(Array.from({ length: due }, (_, i) => i))
        if (gap === undefined) expect(broken()).toBeUndefined()
        else
          expect(broken()).toMatchObject({
            code: 'DATA_LOSS',
            message: `message ${due} of the stream was lost: number ${gap} came`,
          })
      }),
    )
  })

  it('carries any envelopes, cut into messages in any way, in order', async () => {
    const turns = fc.array(fc.array(fc.json(), { maxLength: 5 }), { maxLength: 5 })
    await fc.assert(
      fc.asyncProperty(turns, async (all) => {
        const one = laneOf()
        const other = laneOf()
        for (const texts of all) {
          for (const text of texts) one.lane.send(text)
          await nextTick()
        }
        for (const { number, body } of one.sent) other.lane.receive(number, body, Buffer.byteLength(body), 1)
        expect(other.received).toEqual(all.flat().map((text) => ({ text, bytes: Buffer.byteLength(text) })))
      }),
    )
  })
})
