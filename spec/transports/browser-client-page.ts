/** Runs in a page: clients as a user's bundle has them, doing what a spec tells. */
import { createClient, isRpcError } from 'microapi-ts/client'
import { conformanceContract as contract } from '../../lib/testing/contract.ts'

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

function* numbers(count: number): Generator<{ value: number }> {
  for (let value = 0; value < count; value++) yield { value }
}

/** How many items came, in order; -1 where they did not. */
async function inOrder(items: AsyncIterable<{ value: number }>): Promise<number> {
  let expected = 0
  for await (const { value } of items) if (value !== expected++) return -1
  return expected
}

/** What can be asked of the page. */
export const tasks = {
  /** All four patterns, by a client that knows nothing but types. */
  async typeAlone(url: string) {
    await using client = createClient<typeof contract>(url)
    const { streams, values } = client
    const call = client.metadata.mirror(undefined, { metadata: { who: 'a page' } })
    return {
      unary: await values.text({ text: 'Zoë' }),
      serverStream: await collect(streams.count({ to: 3 })),
      clientStream: await streams.sum([{ value: 1 }, { value: 2 }]),
      bidiStream: await collect(streams.echo([{ text: 'a' }, { text: 'b' }])),
      seen: (await call).seen['who'],
      header: (await call.header).get('from-header'),
      trailer: (await call.trailer).get('from-trailer'),
    }
  },

  /** One message. */
  async unary(url: string) {
    await using client = createClient<typeof contract>(url)
    return await client.values.text({ text: 'hi' })
  },

  /** Messages are checked before they leave, and what JSON does not have is decoded. */
  async contract(url: string) {
    await using client = createClient(contract, url)
    const { streams, values } = client
    const bad = await values.text({ text: 7 } as never).then(
      () => 'sent',
      (error: unknown) => (isRpcError(error) ? `${error.code}: ${error.message}` : String(error)),
    )
    const sent = { when: new Date(0), big: 2n ** 60n, bytes: new Uint8Array([1, 2, 255]) }
    const [got] = await collect(streams.special([sent]))
    return { bad, when: got?.when.toISOString(), big: String(got?.big), bytes: [...(got?.bytes ?? [])] }
  },

  /** Each question is answered before the next is asked. */
  async conversation(url: string) {
    await using client = createClient<typeof contract>(url)
    const call = client.streams.echo()
    const answers: string[] = []
    for (const text of ['one', 'two', 'three']) {
      await call.send({ text })
      const { value } = await call.next()
      if (value) answers.push(value.text)
    }
    await call.end()
    return { answers, done: (await call.next()).done }
  },

  /** So many items from the server, to it, and both ways. */
  async many(url: string, items: number) {
    await using client = createClient<typeof contract>(url)
    const { streams, life } = client
    return {
      down: await inOrder(streams.count({ to: items })),
      up: await streams.sum(numbers(items)),
      both: await inOrder(life.talk(numbers(items))),
    }
  },

  /** A stream that is left, and calls whose signal is aborted. */
  async cancel(url: string) {
    await using client = createClient<typeof contract>(url)
    for await (const _ of client.life.endless()) break
    const abort = new AbortController()
    const stalled = client.life.stall(undefined, { signal: abort.signal })
    await stalled.next()
    const held = client.life.hold({}, { signal: abort.signal })
    const codes = Promise.all(
      [stalled.next(), held].map((call) =>
        Promise.resolve(call).then(
          () => 'OK',
          (error: unknown) => (isRpcError(error) ? error.code : String(error)),
        ),
      ),
    )
    // The handler runs by the time that this one has been answered.
    await client.values.nothing({})
    abort.abort()
    return await codes
  },
}

Object.assign(globalThis, { tasks })
