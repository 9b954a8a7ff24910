import { equal, fails } from '../assert.ts'
import { gate } from './app.ts'
import type { BrokerCase } from './harness.ts'
import { noted } from './wait.ts'

const topic = 'lost connections and servers that end'

/** Enough attempts for whatever a case does to its client's connection. */
const stubborn = { attempts: 50, initialBackoffMs: 10, maxBackoffMs: 200, maxTokens: 10_000 }

/** At least once, whatever ends meanwhile. */
export const lossCases: readonly BrokerCase[] = [
  {
    topic,
    name: 'an event in hand when the connection is lost is handled again, while its first handler goes on',
    async run(world) {
      const { probe } = world
      await world.serve('a1', { prefetch: 1 })
      const client = world.client({ retry: stubborn })
      await client.orders.placed.publish({ key: 'a', how: 'held' })
      await noted(world, 'a')
      await world.disconnect()
      await noted(world, 'a', 2)
      probe.open(gate)
      await noted(world, 'event ended', 2)
      await client.orders.placed.publish({ key: 'next' })
      await noted(world, 'next')
      equal(probe.count('a'), 2, 'handlings')
      equal(await world.deadLetters({ event: 'orders.placed' }), [], 'what was put aside')
    },
  },
  {
    topic,
    name: 'to come again that way is no attempt',
    async run(world) {
      const { probe } = world
      await world.serve('a1', { prefetch: 1 })
      const client = world.client({ retry: stubborn })
      await client.orders.placed.publish({ key: 'a', how: 'held' })
      for (let i = 1; i <= 4; i++) {
        await noted(world, 'a', i)
        await world.disconnect()
      }
      await noted(world, 'a', 5)
      probe.open(gate)
      await client.orders.placed.publish({ key: 'next' })
      await noted(world, 'next')
      equal(probe.count('a'), 5, 'handlings')
      equal(await world.deadLetters({ event: 'orders.placed' }), [], 'what was put aside')
    },
  },
  {
    topic,
    name: 'what waits for its next attempt, or for a server, is not lost with the connection',
    async run(world) {
      const client = world.client({ retry: stubborn })
      const server = await world.serve('a1')
      await client.orders.placed.publish({ key: 'a', how: 'broken', times: 2 })
      await noted(world, 'a')
      await world.disconnect()
      await noted(world, 'a', 3)
      await server.close()
      await client.orders.placed.publish({ key: 'b' })
      await world.disconnect()
      await world.serve('a2')
      await noted(world, 'b')
    },
  },
  {
    topic,
    name: 'every event that was confirmed is handled, however often the connection is lost meanwhile',
    timeoutMs: 60_000,
    async run(world) {
      await world.serve('a1')
      await world.serve('b1', { queue: 'b' })
      const client = world.client({ retry: stubborn })
      const confirmed: string[] = []
      const publishAll = async (first: number): Promise<void> => {
        for (let i = first; i < 200; i += 10) {
          await client.orders.placed.publish({ key: `key-${i}` })
          confirmed.push(`key-${i}`)
        }
      }
      const publishing = Promise.all(Array.from({ length: 10 }, (_, first) => publishAll(first)))
      publishing.catch(() => {})
      for (const count of [20, 60, 100, 140, 180]) {
        while (confirmed.length < count)
          await Promise.race([publishing, new Promise((resolve) => setTimeout(resolve, 1))])
        await world.disconnect()
      }
      await publishing
      equal(confirmed.length, 200, 'confirmed events')
      for (const key of confirmed) await noted(world, key)
    },
  },
  {
    topic,
    name: 'calls under way fail UNAVAILABLE when the connection is lost, streams too, and the next ones succeed',
    async run(world) {
      const { probe } = world
      await world.serve('a1')
      const client = world.client({ retry: false })
      const held = fails(client.work.plain({ key: 'a', how: 'held' }), { code: 'UNAVAILABLE' })
      const both = client.streams.double()
      await both.send({ value: 1 })
      equal(await both.next(), { done: false, value: { value: 2 } })
      await noted(world, 'a')
      await world.disconnect()
      await held
      await fails(both.next(), { code: 'UNAVAILABLE' })
      await noted(world, 'double ended')
      // It was not acknowledged, and is handled again for nobody.
      await noted(world, 'a', 2)
      probe.open(gate)
      equal(await world.client({ retry: stubborn }).work.plain({ key: 'b' }), { server: 'a1', count: 1 })
    },
  },
  {
    topic,
    name: 'a server that ends takes no more, and finishes what it has; the rest is for the others',
    async run(world) {
      const { probe } = world
      const ending = await world.serve('a1', { prefetch: 1 })
      const client = world.client()
      await client.orders.placed.publish({ key: 'held', how: 'held' })
      await noted(world, 'held')
      const keys = ['x', 'y', 'z']
      for (const key of keys) await client.orders.placed.publish({ key })
      const closed = ending.close()
      await world.serve('a2', { prefetch: 1 })
      for (const key of keys) await noted(world, `${key} at a2`)
      probe.open(gate)
      await closed
      await client.orders.placed.publish({ key: 'next' })
      await noted(world, 'next at a2')
      equal(
        [...keys, 'held'].map((key) => probe.count(key)),
        [1, 1, 1, 1],
        'handlings',
      )
    },
  },
  {
    topic,
    name: 'a request that comes while its only server ends waits for another one',
    async run(world) {
      const { probe } = world
      const ending = await world.serve('a1')
      const client = world.client({ retry: false })
      const held = Promise.resolve(client.work.plain({ key: 'held', how: 'held' }))
      await noted(world, 'held')
      const closed = ending.close()
      const answer = Promise.resolve(client.work.plain({ key: 'a' }))
      await world.serve('a2')
      equal(await answer, { server: 'a2', count: 1 })
      probe.open(gate)
      equal(await held, { server: 'a1', count: 1 })
      await closed
    },
  },
  {
    topic,
    name: 'what a server that ends has taken, and not begun, is handled once all the same',
    async run(world) {
      const { probe } = world
      const ending = await world.serve('a1', { prefetch: 10, limits: { maxRunningPerConnection: 1 } })
      const client = world.client()
      await client.orders.placed.publish({ key: 'held', how: 'held' })
      await noted(world, 'held')
      const keys = ['x', 'y', 'z']
      for (const key of keys) await client.orders.placed.publish({ key })
      const closed = ending.close()
      await world.serve('a2', { prefetch: 1 })
      probe.open(gate)
      await closed
      for (const key of keys) await noted(world, key)
      await client.orders.placed.publish({ key: 'next' })
      await noted(world, 'next at a2')
      equal(
        [...keys, 'held'].map((key) => probe.count(key)),
        [1, 1, 1, 1],
        'handlings',
      )
      equal(await world.deadLetters({ event: 'orders.placed' }), [], 'what was put aside')
    },
  },
  {
    topic,
    name: 'an event whose handler a closing server does not wait for is handled by another, and was not tried',
    async run(world) {
      const { probe } = world
      const ending = await world.serve('a1', { graceMs: 50 })
      const client = world.client()
      await client.orders.urgent.publish({ key: 'a', how: 'held' })
      await noted(world, 'a at a1')
      await world.serve('a2')
      await ending.close()
      await noted(world, 'a at a2')
      probe.open(gate)
      await noted(world, 'event ended', 2)
      equal(probe.count('a'), 2, 'handlings')
      equal(await world.deadLetters({ event: 'orders.urgent' }), [], 'what was put aside')
    },
  },
]
