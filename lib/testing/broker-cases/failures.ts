import { equal, fails } from '../assert.ts'
import { refusal, type Handling } from './app.ts'
import type { BrokerCase, BrokerWorld } from './harness.ts'
import { lettersOf, noted } from './wait.ts'

const topic = 'events whose handling fails'

const placed = { event: 'orders.placed' }

/** Poison behind all others, on a server that takes one by one: once it is put aside, they are settled. */
async function settled(world: BrokerWorld, client: ReturnType<BrokerWorld['client']>): Promise<void> {
  await client.orders.placed.publish({ key: 'last', how: 'refused' })
  const letters = await lettersOf(world, placed)
  equal(
    letters.map(({ payload }) => payload),
    [{ key: 'last', how: 'refused' }],
    'what was put aside',
  )
}

/** Attempts, dead letters and what ends without. */
export const eventFailureCases: readonly BrokerCase[] = [
  {
    topic,
    name: 'a handler that fails twice and then succeeds is run three times, with one id',
    async run(world) {
      const { probe } = world
      await world.serve('a1', { prefetch: 1 })
      const client = world.client()
      const ids = new Set<string>()
      await client.orders.placed.publish({ key: 'a', how: 'broken', times: 2 })
      for (let i = 1; i <= 3; i++) {
        await noted(world, 'a', i)
        ids.add((probe.value('a') as Handling).id)
      }
      await settled(world, client)
      equal([probe.count('a'), ids.size], [3, 1], 'handlings and ids')
    },
  },
  {
    topic,
    name: 'a poison event is handled as often as its method says, and put aside with its error and whence it came',
    async run(world) {
      const began = Date.now()
      await world.serve('a1', { prefetch: 1 })
      const client = world.client()
      const when = new Date('2024-01-02T03:04:05.678Z')
      const payload = { key: 'a', how: 'broken', when, bytes: new Uint8Array([0, 1, 255]) } as const
      await client.orders.placed.publish(payload, { metadata: { who: 'me' } })
      const [{ failedAt, ...letter }] = await lettersOf(world, placed)
      equal(
        letter,
        {
          service: 'orders',
          method: 'placed',
          payload: { key: 'a', how: 'broken', when: when.toJSON(), bytes: 'AAH/' },
          metadata: { who: 'me' },
          // The cause is nobody's business who reads dead letters.
          error: { code: 'INTERNAL', message: 'internal error' },
          attempts: 3,
          queue: world.nameOf(placed),
        },
        'the dead letter',
      )
      equal(failedAt >= began && failedAt <= Date.now(), true, 'that it failed in between')
      await client.orders.placed.publish({ key: 'next' })
      await noted(world, 'next')
      equal(
        [world.probe.count('a'), (await world.deadLetters(placed)).length],
        [3, 1],
        'handlings and letters',
      )
    },
  },
  {
    topic,
    name: "a caller's mistake is put aside at once, with its reason and details",
    async run(world) {
      await world.serve('a1')
      await world.client().orders.placed.publish({ key: 'a', how: 'refused' })
      const [letter] = await lettersOf(world, placed)
      equal([letter?.error, letter?.attempts], [refusal, 1], 'error and attempts')
      equal(world.probe.count('a'), 1, 'handlings')
    },
  },
  {
    topic,
    name: 'an error says of itself whether it is tried again',
    async run(world) {
      const { probe } = world
      await world.serve('a1')
      const client = world.client()
      await client.orders.placed.publish({ key: 'passing', how: 'passing', times: 1 })
      await noted(world, 'passing', 2)
      await client.orders.placed.publish({ key: 'final', how: 'final' })
      const letters = await lettersOf(world, placed)
      equal(
        letters.map(({ error, attempts }) => [error, attempts]),
        [[{ code: 'UNAVAILABLE', message: 'gone for good' }, 1]],
        'what was put aside',
      )
      equal([probe.count('passing'), probe.count('final')], [2, 1], 'handlings')
    },
  },
  {
    topic,
    name: 'what its schema refuses does not run, and is put aside as VALIDATION; a contract refuses it before',
    async run(world) {
      await world.serve('a1')
      await fails(() => world.client().orders.placed.publish({ key: '' }), {
        code: 'INVALID_ARGUMENT',
        reason: 'VALIDATION',
      })
      await world.stranger().orders.placed.publish({ key: '' })
      const [letter] = await lettersOf(world, placed)
      equal(
        [letter?.error.code, letter?.error.reason, (letter?.error.details as { pointer?: string })?.pointer],
        ['INVALID_ARGUMENT', 'VALIDATION', '/key'],
        'the error',
      )
      equal([letter?.payload, letter?.attempts], [{ key: '' }, 1], 'payload and attempts')
      equal(world.probe.count(''), 0, 'handlings')
    },
  },
  {
    topic,
    name: 'one of a method without dead letters is dropped behind its last attempt',
    async run(world) {
      await world.serve('a1', { prefetch: 1 })
      const client = world.client()
      await client.orders.fleeting.publish({ key: 'a', how: 'broken' })
      await noted(world, 'a', 3)
      await client.orders.fleeting.publish({ key: 'b', how: 'refused' })
      await noted(world, 'b')
      await client.orders.fleeting.publish({ key: 'last' })
      await noted(world, 'last')
      equal(await world.deadLetters({ event: 'orders.fleeting' }), [], 'what was put aside')
      equal([world.probe.count('a'), world.probe.count('b')], [3, 1], 'handlings')
    },
  },
  {
    topic,
    name: 'a copy that fails is tried again, and put aside, for its own queue alone',
    async run(world) {
      await world.serve('a1', { prefetch: 1 })
      await world.serve('b1', { queue: 'b', prefetch: 1 })
      await world.client().orders.copied.publish({ key: 'a', how: 'broken', at: 'b1' })
      const mine = { event: 'orders.copied', queue: 'b' }
      const letters = await lettersOf(world, mine)
      equal(
        letters.map(({ queue, attempts }) => [queue, attempts]),
        [[world.nameOf(mine), 3]],
        'what was put aside',
      )
      await noted(world, 'a at a1')
      await world.client().orders.copied.publish({ key: 'last' })
      await noted(world, 'last', 2)
      equal([world.probe.count('a at a1'), world.probe.count('a at b1')], [1, 3], 'handlings at each server')
      equal(await world.deadLetters({ event: 'orders.copied', queue: 'a' }), [], "the other's dead letters")
    },
  },
  {
    topic,
    name: 'others are handled while one waits for its next attempt',
    async run(world) {
      await world.serve('a1', { prefetch: 1 })
      const client = world.client()
      await client.orders.placed.publish({ key: 'a', how: 'broken', times: 1 })
      await client.orders.placed.publish({ key: 'b' })
      await noted(world, 'b')
      await noted(world, 'a', 2)
      equal([world.probe.count('a'), world.probe.count('b')], [2, 1], 'handlings')
    },
  },
]
