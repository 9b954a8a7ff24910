import { randomBytes } from 'node:crypto'
import { expect, it, vi } from 'vitest'
import { describeKafka } from '../../brokers/kafka.ts'
import { createGate, ordersClient, startOrders, strangerOf } from './sharing-app.ts'
import { recordsOf } from './topic-records.ts'

/** Groups may have to be waited for, on a busy machine. */
const patient = { timeout: 30_000 }
const timeoutMs = 60_000

const until = (check: () => void): Promise<void> => vi.waitFor(check, patient)
const upTo = (count: number): string[] => Array.from({ length: count }, (_, at) => `${at}`)
const ofUser = (seen: readonly string[], user: string): readonly string[] =>
  seen.filter((one) => one.startsWith(`${user} `)).map((one) => one.slice(user.length + 1))

describeKafka('servers and clients of one cluster', (cluster) => {
  /** Topics and a group of one case alone. */
  const fresh = (partitions = 1) => {
    const topic = `sharing-${randomBytes(6).toString('hex')}`
    return {
      url: `kafka://${cluster.brokers.join(',')}`,
      topic,
      groupId: topic,
      eventPrefix: `${topic}-events.`,
      createTopics: { partitions },
    }
  }

  it(
    'calls of one key run in their order, one at a time, and those of others meanwhile',
    { timeout: timeoutMs },
    async () => {
      const options = fresh()
      const gate = createGate()
      const seen = await startOrders(options, gate)
      const { orders } = ordersClient(options)
      const calls = upTo(5).flatMap((text) => ['held', 'free'].map((user) => orders.place({ user, text })))
      await until(() => expect(ofUser(seen, 'free')).toEqual(upTo(5)))
      expect(ofUser(seen, 'held')).toEqual(['0'])
      gate.open()
      await Promise.all(calls)
      expect(ofUser(seen, 'held')).toEqual(upTo(5))
    },
  )

  it('events too', { timeout: timeoutMs }, async () => {
    const options = fresh()
    const gate = createGate()
    const seen = await startOrders(options, gate)
    const { orders } = ordersClient(options)
    for (const text of upTo(5))
      await Promise.all(['held', 'free'].map((user) => orders.placed.publish({ user, text })))
    await until(() => expect(ofUser(seen, 'free')).toEqual(upTo(5)))
    expect(ofUser(seen, 'held')).toEqual(['0'])
    gate.open()
    await until(() => expect(ofUser(seen, 'held')).toEqual(upTo(5)))
  })

  it(
    'a client that is made from a type alone gives a key with its call',
    { timeout: timeoutMs },
    async () => {
      const options = fresh()
      const gate = createGate()
      const seen = await startOrders(options, gate)
      const { orders } = strangerOf(options)
      const calls = upTo(3).map((text) => orders.read({ user: 'held', text }, { key: 'one' }))
      calls.push(orders.read({ user: 'free', text: '0' }, { key: 'two' }))
      await until(() => expect(ofUser(seen, 'free')).toEqual(['0']))
      expect(ofUser(seen, 'held')).toEqual(['0'])
      gate.open()
      await Promise.all(calls)
      expect(ofUser(seen, 'held')).toEqual(upTo(3))
      await orders.placed.publish({ user: 'free', text: 'event' }, { key: 'three' })
      const keys = async (topic: string) => (await recordsOf(cluster.brokers, topic)).map(({ key }) => key)
      expect(await keys(options.topic)).toEqual(['one', 'one', 'one', 'two'])
      expect(await keys(`${options.eventPrefix}orders.placed`)).toEqual(['three'])
    },
  )

  it(
    'two servers share 12 partitions of requests and of events, each of which comes once',
    { timeout: timeoutMs },
    async () => {
      const options = fresh(12)
      const servers = await Promise.all([1, 2].map(() => startOrders(options)))
      const { orders } = ordersClient(options)
      const texts = upTo(120)
      const done = (user: string): readonly string[] => servers.flatMap((seen) => ofUser(seen, user))
      const inOrder = texts.toSorted()
      await Promise.all(texts.map((text) => orders.read({ user: 'call', text })))
      await Promise.all(texts.map((text) => orders.placed.publish({ user: 'event', text }, { key: text })))
      await until(() => expect(done('event').length).toBeGreaterThanOrEqual(texts.length))
      for (const user of ['call', 'event']) {
        expect(done(user).toSorted()).toEqual(inOrder)
        for (const seen of servers) expect(ofUser(seen, user)).not.toEqual([])
      }
    },
  )

  it(
    'each app has a copy of what is fanned out, whoever of its servers takes it',
    { timeout: timeoutMs },
    async () => {
      const options = fresh(4)
      const other = { ...options, topic: `${options.topic}-other`, groupId: `${options.groupId}-other` }
      const [first, second, third] = await Promise.all([
        startOrders(options),
        startOrders(options),
        startOrders(other),
      ])
      const { orders } = ordersClient(options)
      const texts = upTo(20)
      await Promise.all(texts.map((text) => orders.copied.publish({ user: 'all', text })))
      await until(() => {
        expect([...ofUser(first, 'all'), ...ofUser(second, 'all')].toSorted()).toEqual(texts.toSorted())
        expect(ofUser(third, 'all').toSorted()).toEqual(texts.toSorted())
      })
    },
  )

  for (const [topicPer, suffix] of [
    ['service', 'orders'],
    ['method', 'orders.read'],
  ] as const)
    it(`a topic for each ${topicPer} takes what is for it`, { timeout: timeoutMs }, async () => {
      const options = { ...fresh(), topicPer }
      const seen = await startOrders(options)
      const { orders } = ordersClient(options)
      expect(await orders.read({ user: 'one', text: 'read' })).toEqual({ user: 'one', text: 'read' })
      await orders.place({ user: 'one', text: 'placed' })
      expect(seen).toEqual(['one read', 'one placed'])
      const values = await recordsOf(cluster.brokers, `${options.topic}.${suffix}`)
      expect(values).toHaveLength(topicPer === 'service' ? 2 : 1)
    })

  it(
    'an app that comes later has what was fanned out from the start, or a time, if it asks for it',
    { timeout: timeoutMs },
    async () => {
      const options = fresh(1)
      await startOrders(options)
      const { orders } = ordersClient(options)
      await orders.copied.publish({ user: 'all', text: 'old' })
      expect(await recordsOf(cluster.brokers, `${options.eventPrefix}orders.copied`)).toHaveLength(1)
      // Records carry the time of their sender, in whole ms.
      const past = Date.now()
      await until(() => expect(Date.now()).toBeGreaterThan(past))
      const since = new Date()
      await orders.copied.publish({ user: 'all', text: 'new' })
      const later = (name: string, from?: 'earliest' | Date) =>
        startOrders({
          ...options,
          topic: `${options.topic}-${name}`,
          groupId: `${options.groupId}-${name}`,
          ...(from && { from }),
        })
      const [fromStart, fromTime, latest] = await Promise.all([
        later('a', 'earliest'),
        later('b', since),
        later('c'),
      ])
      await orders.copied.publish({ user: 'all', text: 'last' })
      await until(() => {
        expect(ofUser(fromStart, 'all')).toEqual(['old', 'new', 'last'])
        expect(ofUser(fromTime, 'all')).toEqual(['new', 'last'])
        expect(ofUser(latest, 'all')).toEqual(['last'])
      })
    },
  )
})
