import { check, equal, fails } from '../assert.ts'
import type { ConformanceCase } from '../harness.ts'

const topic = 'events'

/** What is published. Over a broker it is handled behind the answer, elsewhere before it. */
export const eventCases: readonly ConformanceCase[] = [
  {
    topic,
    name: 'what is published is handled, and its publisher hears nothing but that it was taken',
    async run({ client, probe }) {
      equal(await client.events.happened.publish({ text: 'a' }), undefined, 'the answer')
      await probe.until('happened')
      equal(probe.value('happened'), { text: 'a' }, 'the payload')
    },
  },
  {
    topic,
    name: 'many that are published at once are each handled once',
    async run({ client, probe }) {
      await Promise.all(
        Array.from({ length: 50 }, (_, i) => client.events.happened.publish({ text: `${i}` })),
      )
      await probe.until('happened', 50)
      await client.events.happened.publish({ text: 'last' })
      await probe.until('happened', 51)
      equal(probe.count('happened'), 51, 'times that one was handled')
    },
  },
  {
    topic,
    name: 'a batch of them is published as a whole, each with the metadata of all',
    async run({ client, probe }) {
      const batch = Array.from({ length: 150 }, (_, i) => ({ text: `${i}` }))
      equal(await client.events.happened.publishBatch(batch, { metadata: { tenant: 'b' } }), undefined, 'it')
      await probe.until('happened', 150)
      equal(probe.value('tenant'), 'b', 'the metadata')
      await client.events.happened.publish({ text: 'last' })
      await probe.until('happened', 151)
      equal(probe.count('happened'), 151, 'times that one was handled')
    },
  },
  {
    topic,
    name: 'metadata reach the handler of an event',
    async run({ client, probe }) {
      await client.events.happened.publish({ text: 'a' }, { metadata: { tenant: 'b' } })
      await probe.until('tenant')
      equal(probe.value('tenant'), 'b', 'the metadata')
    },
  },
  {
    topic,
    name: 'a payload that its schema forbids does not leave',
    clients: ['contract'],
    async run({ client, probe }) {
      const publishing = client.events.happened.publish({ text: 1 as never })
      await fails(publishing, { code: 'INVALID_ARGUMENT', reason: 'VALIDATION' })
      await client.events.happened.publish({ text: 'good' })
      await probe.until('happened')
      equal(probe.count('happened'), 1, 'times that one was handled')
    },
  },
  {
    topic,
    name: 'a payload that its schema forbids is never handled',
    clients: ['type'],
    async run({ client, probe }) {
      // A broker takes it, and keeps what cannot be handled as a dead letter; elsewhere it is refused.
      await client.events.happened.publish({ text: 1 as never }).catch(() => {})
      await client.events.happened.publish({ text: 'good' })
      await probe.until('happened')
      equal(probe.value('happened'), { text: 'good' }, 'the payload')
      equal(probe.count('happened'), 1, 'times that one was handled')
    },
  },
  {
    topic,
    name: 'an event without a payload is published without an argument',
    async run({ client, probe }) {
      await client.events.rang.publish()
      await probe.until('rang')
      equal(probe.value('rang'), {}, 'the payload')
    },
  },
  {
    topic,
    name: 'the handler of an event finds its context, as every handler does',
    async run({ client, probe }) {
      await client.events.happened.publish({ text: 'a' })
      await probe.until('context')
      const { method, signal } = probe.value('context') as { method: unknown; signal: unknown }
      check(signal instanceof AbortSignal, 'there is a signal')
      equal(method, 'happened', 'the method')
    },
  },
]
