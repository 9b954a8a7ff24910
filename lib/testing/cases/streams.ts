import { createCall } from '../../core/create-call.ts'
import { check, collect, equal, fails } from '../assert.ts'
import type { ConformanceCase, World } from '../harness.ts'

const topic = 'streams'

async function* upTo(count: number): AsyncGenerator<{ value: number }> {
  for (let value = 0; value < count; value++) yield { value }
}

const sizes = [0, 1, 2, 1_000, 100_000]

const eachSize = sizes.flatMap((size): ConformanceCase[] => [
  {
    topic,
    name: `${size} items come from the server, in order`,
    timeoutMs: 30_000,
    async run({ client }) {
      let next = 0
      for await (const { value } of client.streams.count({ to: size })) {
        if (value !== next++) throw new Error(`item ${next - 1} is ${value}`)
      }
      equal(next, size, 'how many came')
    },
  },
  {
    topic,
    name: `${size} items go to the server, in order`,
    timeoutMs: 30_000,
    run: async ({ client }) =>
      equal(await client.streams.sum(upTo(size)), {
        count: size,
        total: size === 0 ? 0 : (size * (size - 1)) / 2,
      }),
  },
  {
    topic,
    name: `${size} items go both ways, in order`,
    timeoutMs: 30_000,
    async run({ client }) {
      async function* texts(): AsyncGenerator<{ text: string }> {
        for (let i = 0; i < size; i++) yield { text: String(i) }
      }
      let next = 0
      for await (const { text } of client.streams.echo(texts())) {
        if (text !== String(next++)) throw new Error(`item ${next - 1} is ${text}`)
      }
      equal(next, size, 'how many came')
    },
  },
])

async function give({ invoke }: World, method: string, input: unknown): Promise<unknown> {
  const { output } = await invoke(
    createCall({ service: 'streams', method, kind: 'clientStream', input, peer: { transport: 'test' } }),
  )
  return output
}

/** How streams begin, go on and end. */
export const streamCases: readonly ConformanceCase[] = [
  ...eachSize,
  {
    topic,
    name: 'an array stands for a stream of its items',
    async run({ client }) {
      equal(await client.streams.sum([{ value: 1 }, { value: 2 }]), { count: 2, total: 3 })
      equal(await collect(client.streams.echo([{ text: 'a' }, { text: 'b' }])), [
        { text: 'a' },
        { text: 'b' },
      ])
      equal(await client.streams.sum([]), { count: 0, total: 0 })
      equal(await collect(client.streams.echo([])), [])
    },
  },
  {
    topic,
    name: 'nothing, null and {} are an empty stream to a method that takes one',
    clients: 'once',
    async run(world) {
      for (const input of [undefined, null, {}, []])
        equal(await give(world, 'sum', input), { count: 0, total: 0 })
    },
  },
  {
    topic,
    name: 'one message to a method that takes a stream is refused',
    clients: 'once',
    run: (world) => fails(give(world, 'sum', { value: 1 }), { code: 'INVALID_ARGUMENT' }).then(() => {}),
  },
  {
    topic,
    name: 'items reach the handler one by one, the first before the second is sent',
    needs: ['streamingUpload'],
    async run({ client, probe }) {
      const call = client.streams.sum()
      for (let value = 1; value <= 20; value++) {
        await call.send({ value })
        await probe.until('item', value)
        equal(probe.value('item'), value)
      }
      await call.end()
      equal(await call, { count: 20, total: 210 })
    },
  },
  {
    topic,
    name: 'a generator is asked for its second item after the handler has had the first',
    needs: ['streamingUpload'],
    async run({ client, probe }) {
      async function* items(): AsyncGenerator<{ value: number }> {
        yield { value: 1 }
        await probe.until('item', 1)
        yield { value: 2 }
        await probe.until('item', 2)
      }
      equal(await client.streams.sum(items()), { count: 2, total: 3 })
    },
  },
  {
    topic,
    name: 'a two-way stream answers each message before the next is sent',
    needs: ['twoWay'],
    async run({ client }) {
      const call = client.streams.echo()
      for (let i = 0; i < 100; i++) {
        await call.send({ text: `message ${i}` })
        equal(await call.next(), { done: false, value: { text: `message ${i}` } })
      }
      await call.end()
      equal(await call.next(), { done: true, value: undefined })
    },
  },
  {
    topic,
    name: 'a server goes on after the client has ended its side',
    needs: ['twoWay'],
    async run({ client, probe }) {
      const call = client.streams.after_all()
      for (let value = 0; value < 3; value++) await call.send({ value })
      await call.end()
      await probe.until('input ended')
      equal(await collect(call), [{ value: 0 }, { value: 1 }, { value: 2 }])
    },
  },
  {
    topic,
    name: 'a client that sends no message and ends gets the answer to an empty stream',
    async run({ client }) {
      const sum = client.streams.sum()
      await sum.end()
      equal(await sum, { count: 0, total: 0 })
      const echo = client.streams.echo()
      await echo.end()
      equal(await collect(echo), [])
    },
  },
  {
    topic,
    name: 'a server may end first; the client then cannot send and its generator is closed',
    needs: ['twoWay'],
    async run({ client, probe }) {
      async function* endless(): AsyncGenerator<{ value: number }> {
        try {
          for (let value = 0; ; value++) yield { value }
        } finally {
          probe.note('source closed')
        }
      }
      equal(await collect(client.streams.first_two(endless())), [{ value: 0 }, { value: 1 }])
      await probe.until('source closed')

      const call = client.streams.first_two()
      await call.send({ value: 1 })
      await call.send({ value: 2 })
      equal(await collect(call), [{ value: 1 }, { value: 2 }])
      await fails(() => call.send({ value: 3 }), { code: 'CANCELLED' })
    },
  },
  {
    topic,
    name: 'a handler may answer before the stream has ended, and the rest is not asked for',
    needs: ['streamingUpload'],
    async run({ client, probe }) {
      async function* endless(): AsyncGenerator<{ value: number }> {
        try {
          for (let value = 7; ; value++) yield { value }
        } finally {
          probe.note('source closed')
        }
      }
      equal(await client.streams.first(endless()), { value: 7 })
      await probe.until('source closed')
    },
  },
  {
    topic,
    name: 'an error before the first item is the failure of the call',
    async run({ client }) {
      const call = client.failures.after({ items: 0, how: 'plain' })
      await fails(() => call.next(), { code: 'ABORTED', message: 'gone' })
      await fails(client.failures.after({ items: 0, how: 'plain' }).header, { code: 'ABORTED' })
    },
  },
  {
    topic,
    name: 'an error after the first item comes behind the items',
    async run({ client }) {
      for (const items of [1, 100]) {
        let seen = 0
        const work = async (): Promise<void> => {
          for await (const _ of client.failures.after({ items, how: 'plain' })) seen++
        }
        await fails(work, { code: 'ABORTED', message: 'gone' })
        equal(seen, items, 'items before the error')
      }
    },
  },
  {
    topic,
    name: 'a handler that fails while it reads ends the call, and the sender learns why',
    needs: ['streamingUpload'],
    async run({ client, probe }) {
      async function* endless(): AsyncGenerator<{ value: number }> {
        try {
          for (let value = 1; ; value++) yield { value }
        } finally {
          probe.note('source closed')
        }
      }
      await fails(() => client.failures.reading(endless()), { code: 'ABORTED', message: 'at 1' })
      await probe.until('source closed')
      await fails(() => collect(client.failures.answering(endless())), { code: 'ABORTED', message: 'at 1' })
      await probe.until('source closed', 2)
    },
  },
  {
    topic,
    name: 'a bad item is refused with its place, after the good ones were handled',
    needs: ['streamingUpload'],
    async run({ client, probe }) {
      const call = client.streams.sum()
      await call.send({ value: 1 })
      await probe.until('item')
      // A client with a contract refuses it at once, the others learn of it from the server.
      await call.send({ value: 'b' } as never).catch(() => {})
      await call.end().catch(() => {})
      if (probe.count('item') !== 1) throw new Error('the good item was not handled')
    },
  },
  {
    topic,
    name: 'a bad item in an iterable ends the call with its place',
    async run({ client }) {
      const error = await fails(
        () => client.streams.sum([{ value: 1 }, { value: 'b' } as never, { value: 3 }]),
        {
          code: 'INVALID_ARGUMENT',
          reason: 'VALIDATION',
        },
      )
      check(
        (error.details as { pointer: string }).pointer === '/value',
        `the pointer is ${JSON.stringify(error.details)}`,
      )
    },
  },
  {
    topic,
    name: "a failing source fails the call, and the caller gets the source's own error or CANCELLED",
    async run({ client, probe }) {
      async function* broken(): AsyncGenerator<{ value: number }> {
        yield { value: 1 }
        throw new Error('the source broke')
      }
      let failed: unknown
      await client.life.read(broken()).catch((error: unknown) => (failed = error))
      check(failed instanceof Error, 'the call did not fail')
      await probe.until('read ended', probe.count('read began'))
    },
  },
]
