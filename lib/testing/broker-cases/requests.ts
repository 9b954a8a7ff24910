import { neverRan } from '../../core/never-ran.ts'
import { check, collect, equal, fails } from '../assert.ts'
import { gate, refusal } from './app.ts'
import type { BrokerCase } from './harness.ts'
import { lettersOf, noted } from './wait.ts'

const topic = 'requests'

const requests = { queue: 'a' }

/** Calls that wait in a queue, and what becomes of those that fail. */
export const requestCases: readonly BrokerCase[] = [
  {
    topic,
    name: 'one for a queue that nobody has ever served is UNAVAILABLE, and certainly never ran',
    async run(world) {
      const client = world.client({ retry: false })
      const error = await fails(() => client.work.plain({ key: 'a' }), {
        code: 'UNAVAILABLE',
        message: `nobody serves it: there is no ${world.queueWord} "${world.nameOf(requests)}" at the broker`,
      })
      check(neverRan(error), 'it is not marked as one that never ran')
    },
  },
  {
    topic,
    name: 'one waits in its queue for a server that comes later',
    async run(world) {
      await (await world.serve('a1')).close()
      const answer = Promise.resolve(world.client().work.plain({ key: 'a' }))
      await world.serve('a2')
      equal(await answer, { server: 'a2', count: 1 })
    },
  },
  {
    topic,
    name: 'one that has expired on its way does not run',
    async run(world) {
      await (await world.serve('a1')).close()
      const client = world.client()
      await fails(() => client.work.plain({ key: 'late' }, { timeoutMs: 200 }), { code: 'DEADLINE_EXCEEDED' })
      await world.serve('a2', { prefetch: 1 })
      equal(await client.work.plain({ key: 'next' }), { server: 'a2', count: 1 })
      equal(world.probe.count('late'), 0, 'handlings')
    },
  },
  {
    topic,
    name: 'servers of one queue share the requests',
    async run(world) {
      await world.serve('a1', { prefetch: 1 })
      await world.serve('a2', { prefetch: 1 })
      const client = world.client()
      const answers = ['x', 'y'].map((key) => Promise.resolve(client.work.plain({ key, how: 'held' })))
      for (const key of ['x', 'y']) await noted(world, key)
      world.probe.open(gate)
      equal((await Promise.all(answers)).map(({ server }) => server).toSorted(), ['a1', 'a2'], 'who answered')
    },
  },
  {
    topic,
    name: 'servers of different queues do not',
    async run(world) {
      await world.serve('b1', { queue: 'b' })
      await fails(() => world.client({ retry: false }).work.plain({ key: 'a' }), { code: 'UNAVAILABLE' })
      await world.serve('a1')
      for (let i = 1; i <= 4; i++)
        equal(await world.client().work.plain({ key: 'a' }), { server: 'a1', count: i })
    },
  },
  {
    topic,
    name: 'one of a method with retries is answered well behind a failure that has passed',
    async run(world) {
      await world.serve('a1')
      const client = world.client()
      equal(await client.work.tried({ key: 'a', how: 'broken', times: 2 }), { server: 'a1', count: 3 })
      equal(await client.work.tried({ key: 'b', how: 'passing', times: 1 }), { server: 'a1', count: 2 })
    },
  },
  {
    topic,
    name: 'one that keeps failing is answered with its last error, and put aside where its method says so',
    async run(world) {
      await world.serve('a1', { prefetch: 1 })
      const client = world.client()
      await fails(() => client.work.tried({ key: 'a', how: 'broken' }), {
        code: 'INTERNAL',
        message: 'internal error',
      })
      await fails(() => client.work.kept({ key: 'b', how: 'passing' }), {
        code: 'FAILED_PRECONDITION',
        message: 'not yet',
      })
      const letters = await lettersOf(world, requests)
      equal(
        letters.map(({ service, method, payload, error, attempts, queue }) => ({
          service,
          method,
          payload,
          error,
          attempts,
          queue,
        })),
        [
          {
            service: 'work',
            method: 'kept',
            payload: { key: 'b', how: 'passing' },
            error: { code: 'FAILED_PRECONDITION', message: 'not yet' },
            attempts: 3,
            queue: world.nameOf(requests),
          },
        ],
        'what was put aside',
      )
      equal([world.probe.count('a'), world.probe.count('b')], [3, 3], 'handlings')
    },
  },
  {
    topic,
    name: "a caller's mistake is answered at once, and never tried again or put aside",
    async run(world) {
      await world.serve('a1', { prefetch: 1 })
      const client = world.client()
      await fails(() => client.work.kept({ key: 'a', how: 'refused' }), refusal)
      await fails(() => world.stranger().work.kept({ key: '' }), {
        code: 'INVALID_ARGUMENT',
        reason: 'VALIDATION',
      })
      await fails(() => client.work.kept({ key: 'final', how: 'final' }), {
        code: 'UNAVAILABLE',
        message: 'gone for good',
      })
      await fails(() => client.work.kept({ key: 'last', how: 'broken' }), { code: 'INTERNAL' })
      const letters = await lettersOf(world, requests)
      equal(
        letters.map(({ payload }) => payload),
        [{ key: 'last', how: 'broken' }],
        'what was put aside',
      )
      equal([world.probe.count('a'), world.probe.count('final')], [1, 1], 'handlings')
    },
  },
  {
    topic,
    name: 'there is no attempt behind the deadline: what the last one failed with is the answer',
    async run(world) {
      await world.serve('a1')
      await fails(() => world.client().work.patient({ key: 'a', how: 'broken' }, { timeoutMs: 20_000 }), {
        code: 'INTERNAL',
      })
      equal(world.probe.count('a'), 1, 'handlings')
      equal(await world.deadLetters(requests), [], 'what was put aside')
    },
  },
  {
    topic,
    name: 'streams go through, whole, to one server',
    async run(world) {
      await world.serve('a1', { prefetch: 1 })
      await world.serve('a2', { prefetch: 1 })
      const client = world.client()
      equal(await collect(client.streams.count({ value: 3 })), [{ value: 0 }, { value: 1 }, { value: 2 }])
      equal(await client.streams.sum([{ value: 1 }, { value: 2 }]), { value: 3 })
      const both = client.streams.double()
      for (let value = 1; value <= 3; value++) {
        await both.send({ value })
        equal(await both.next(), { done: false, value: { value: 2 * value } })
      }
      // A stream is no message in hand.
      for (const key of ['x', 'y', 'z']) equal((await client.work.plain({ key })).count, 1)
      await both.end()
      equal(await collect(both), [])
    },
  },
]
