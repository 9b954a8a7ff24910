import { expect, it, vi } from 'vitest'
import type { RpcError } from '../../../lib/core/errors.ts'
import { describeOwnKafka } from '../../brokers/kafka.ts'
import { patient, publisherOn, sent, valuesByKey, type Made } from './publisher-support.ts'

/** Sends values 0, 1, … of so many keys, some at a time, until it is stopped. */
function sendAll({ publisher, topic }: Made, keys: number) {
  const confirmed = new Map<string, number[]>()
  const failures: RpcError[] = []
  const state = { isOver: false }
  const done = Promise.all(
    Array.from({ length: keys }, async (_, k) => {
      const own: number[] = []
      confirmed.set(`key ${k}`, own)
      for (let value = 0; !state.isOver; value++) {
        const error = await sent(publisher, { topic, key: `key ${k}`, value: String(value) })
        if (error) failures.push(error)
        else own.push(value)
      }
    }),
  )
  const count = (): number => [...confirmed.values()].reduce((sum, { length }) => sum + length, 0)
  return {
    confirmed,
    failures,
    count,
    async stop() {
      state.isOver = true
      await done
    },
  }
}

describeOwnKafka('a publisher of one broker that is killed', {}, (kafka) => {
  it('loses nothing that was confirmed, and doubles nothing', { timeout: 200_000 }, async () => {
    const { brokers, kill, start } = kafka()
    const made = await publisherOn(brokers)
    const load = sendAll(made, 16)
    await vi.waitFor(() => expect(load.count()).toBeGreaterThan(500), patient)
    await kill(0)
    await start(0)
    const before = load.count()
    await vi.waitFor(() => expect(load.count()).toBeGreaterThan(before + 500), patient)
    await load.stop()

    expect(load.failures.filter(({ code }) => code !== 'UNAVAILABLE')).toStrictEqual([])
    const values = await valuesByKey(brokers, made.topic)
    for (const [key, own] of load.confirmed) {
      const there = values[key]!.map(Number)
      expect(there).toStrictEqual([...new Set(there)].toSorted((a, b) => a - b))
      expect(own.every((value) => there.includes(value))).toBe(true)
    }
  })

  it('fails what nobody takes in its time', { timeout: 200_000 }, async () => {
    const { brokers, kill, start } = kafka()
    const { publisher, topic } = await publisherOn(brokers, { patienceMs: 1_500 })
    expect(await sent(publisher, { topic, key: null, value: 'a' })).toBeUndefined()
    await kill(0)
    const errors = await Promise.all(['b', 'c'].map((value) => sent(publisher, { topic, key: 'k', value })))
    for (const error of errors) {
      expect(error).toMatchObject({ code: 'UNAVAILABLE' })
      expect(error!.message).toContain(`topic "${topic}": no broker has confirmed it in 1500 ms`)
    }
    await start(0)
    await vi.waitFor(
      async () => expect(await sent(publisher, { topic, key: 'k', value: 'd' })).toBeUndefined(),
      patient,
    )
  })
})

describeOwnKafka('a publisher of three brokers of which one is killed', { brokers: 3 }, (kafka) => {
  it('fails nothing, and doubles nothing', { timeout: 200_000 }, async () => {
    const { brokers, kill } = kafka()
    const made = await publisherOn(brokers, { partitions: 6 })
    const load = sendAll(made, 24)
    await vi.waitFor(() => expect(load.count()).toBeGreaterThan(500), patient)
    await kill(1)
    const before = load.count()
    await vi.waitFor(() => {
      for (const own of load.confirmed.values()) expect(own.length).toBeGreaterThan(before / 24 + 10)
    }, patient)
    await load.stop()
    expect(load.failures).toStrictEqual([])
    const values = await valuesByKey(brokers, made.topic)
    for (const [key, own] of load.confirmed) expect(values[key]!.map(Number)).toStrictEqual(own)
  })
})
