import { neverRan } from '../../core/never-ran.ts'
import { check, equal, fails } from '../assert.ts'
import { gate, type Handling } from './app.ts'
import type { BrokerCase, BrokerWorld } from './harness.ts'
import { noted } from './wait.ts'

const topic = 'events'

/** How often one of these was handled, by a server or in all. */
function sum({ probe }: BrokerWorld, keys: readonly string[], server?: string): number {
  return keys.reduce((all, key) => all + probe.count(server === undefined ? key : `${key} at ${server}`), 0)
}

function keysOf(count: number): readonly string[] {
  return Array.from({ length: count }, (_, i) => `key-${i}`)
}

/** How events come to those who handle them. */
export const eventCases: readonly BrokerCase[] = [
  {
    topic,
    name: 'an event is handled once among all servers, whatever their queues',
    async run(world) {
      await world.serve('a1')
      await world.serve('a2')
      await world.serve('b1', { queue: 'b' })
      const client = world.client()
      const keys = keysOf(30)
      await Promise.all(keys.map((key) => client.orders.placed.publish({ key })))
      for (const key of keys) await noted(world, key)
      await client.orders.placed.publish({ key: 'last' })
      await noted(world, 'last')
      equal(sum(world, keys), 30, 'handlings')
    },
  },
  {
    topic,
    name: 'servers of two queues share the events: none takes all of them',
    async run(world) {
      const servers = ['a1', 'a2', 'b1']
      for (const name of servers) await world.serve(name, { queue: name[0]!, prefetch: 1 })
      const client = world.client()
      for (const key of keysOf(3)) await client.orders.placed.publish({ key, how: 'held' })
      for (const key of keysOf(3)) await noted(world, key)
      equal(
        servers.map((server) => sum(world, keysOf(3), server)),
        [1, 1, 1],
        'handlings at each server',
      )
    },
  },
  {
    topic,
    name: 'an event that is fanned out is handled once for each queue, by one of its servers',
    async run(world) {
      await world.serve('a1')
      await world.serve('a2')
      await world.serve('b1', { queue: 'b' })
      const client = world.client()
      const keys = keysOf(20)
      await Promise.all(keys.map((key) => client.orders.copied.publish({ key })))
      for (const key of keys) await noted(world, key, 2)
      await client.orders.copied.publish({ key: 'last' })
      await noted(world, 'last', 2)
      equal([sum(world, keys, 'a1') + sum(world, keys, 'a2'), sum(world, keys, 'b1')], [20, 20], 'handlings')
    },
  },
  {
    topic,
    name: 'two servers of one queue share what is fanned out',
    async run(world) {
      await world.serve('a1', { prefetch: 1 })
      await world.serve('a2', { prefetch: 1 })
      const client = world.client()
      for (const key of keysOf(2)) await client.orders.copied.publish({ key, how: 'held' })
      for (const key of keysOf(2)) await noted(world, key)
      equal([sum(world, keysOf(2), 'a1'), sum(world, keysOf(2), 'a2')], [1, 1], 'handlings')
    },
  },
  {
    topic,
    name: 'what is published while no server lives is handled when one comes back',
    async run(world) {
      const client = world.client()
      await (await world.serve('a1')).close()
      await client.orders.placed.publish({ key: 'shared' })
      await client.orders.copied.publish({ key: 'copied' })
      equal([world.probe.count('shared'), world.probe.count('copied')], [0, 0], 'handlings')
      await world.serve('a2')
      await noted(world, 'shared at a2')
      await noted(world, 'copied at a2')
    },
  },
  {
    topic,
    name: 'one that no server has ever asked for is UNAVAILABLE, and certainly never ran',
    async run(world) {
      const client = world.client({ retry: false })
      const error = await fails(() => client.orders.placed.publish({ key: 'a' }), {
        code: 'UNAVAILABLE',
        message: 'nobody handles it: no server has ever asked the broker for the event "orders.placed"',
      })
      check(neverRan(error), 'it is not marked as one that never ran')
    },
  },
  {
    topic,
    name: "the caller's metadata reach the handler, and dates and bytes what they were",
    async run(world) {
      await world.serve('a1')
      const [when, bytes] = [new Date('2024-01-02T03:04:05.678Z'), new Uint8Array([0, 1, 255])]
      await world.client().orders.placed.publish({ key: 'a', when, bytes }, { metadata: { who: 'me' } })
      await noted(world, 'a')
      const { id, ...rest } = world.probe.value('a') as Handling
      equal(rest, { who: 'me', when, bytes }, 'what the handler saw')
      check(id !== '', 'it has no id')
    },
  },
  {
    topic,
    name: 'middleware and dependencies stand around an event, and are left behind it',
    async run(world) {
      await world.serve('a1')
      await world.client().orders.placed.publish({ key: 'a' })
      await noted(world, 'event ended')
      equal(
        world.probe.events,
        ['event began', 'part made', 'a at a1', 'a', 'part cleaned', 'event ended'],
        'what happened',
      )
    },
  },
  {
    topic,
    name: 'a client that has no contract publishes too',
    async run(world) {
      await world.serve('a1')
      await world.stranger().orders.placed.publish({ key: 'a', when: '2024-01-02T03:04:05.678Z' })
      await noted(world, 'a')
      equal((world.probe.value('a') as Handling).when, new Date('2024-01-02T03:04:05.678Z'))
    },
  },
  {
    topic,
    name: 'no more are handled at once than the server takes in advance',
    async run(world) {
      await world.serve('a1', { prefetch: 2 })
      const client = world.client()
      for (const key of keysOf(4)) await client.orders.placed.publish({ key, how: 'held' })
      for (const key of keysOf(2)) await noted(world, key)
      // By now a third would have come.
      await client.work.plain({ key: 'beside' })
      equal(sum(world, keysOf(4)), 2, 'handlings')
      world.probe.open(gate)
      for (const key of keysOf(4)) await noted(world, key)
      equal(sum(world, keysOf(4)), 4, 'handlings')
    },
  },
]
