import { check, equal } from '../assert.ts'
import type { ConformanceCase, World } from '../harness.ts'

const topic = 'backpressure'

const itemBytes = 65_536
const items = 1_600
const pauseMs = 500
const allowance = 32 * 1_048_576

interface NodeLike {
  memoryUsage?: () => { readonly heapUsed: number; readonly external: number }
}

/** Bytes in use beside what the engine may still collect; undefined where nobody tells. */
function memory(): number | undefined {
  const { process, gc } = globalThis as { process?: NodeLike; gc?: () => void }
  gc?.()
  const usage = process?.memoryUsage?.()
  return usage && usage.heapUsed + usage.external
}

/** The time is the subject here: whoever does not stop goes on during it. */
function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, pauseMs))
}

/** Waits until nothing has been produced for half a second while the other side could go on, and says what was until then. */
async function stalled({ probe }: World, before: number | undefined): Promise<void> {
  for (let count = -1; count !== probe.count('produced'); await pause()) {
    count = probe.count('produced')
    // Who does not stop gets here before it rests.
    check(count < items / 3, `${count} of ${items} items were produced while nobody took them`)
  }
  const after = memory()
  if (before === undefined || after === undefined) return
  check(
    after - before < allowance,
    `memory grew by ${Math.round((after - before) / 1_048_576)} MiB while nobody read`,
  )
}

/** A slow reader stops the producer, however much there would be. */
export const backpressureCases: readonly ConformanceCase[] = [
  {
    topic,
    name: 'a reader that stops while 100 MB are on offer stops the producer, and gets all of it later',
    clients: 'once',
    timeoutMs: 60_000,
    async run(world) {
      const before = memory()
      let seen = 0
      let bytes = 0
      for await (const { data } of world.client.streams.flood({ items, bytes: itemBytes })) {
        if (seen++ === 0) await stalled(world, before)
        bytes += data.length
      }
      equal([seen, bytes], [items, items * itemBytes], 'items and bytes')
    },
  },
  {
    topic,
    name: 'a handler that stops reading stops the sender of 100 MB, and gets all of it later',
    clients: 'once',
    needs: ['streamingUpload'],
    timeoutMs: 60_000,
    async run(world) {
      const { client, probe } = world
      const before = memory()
      async function* source(): AsyncGenerator<{ data: string }> {
        const data = 'x'.repeat(itemBytes)
        for (let i = 0; i < items; i++) {
          probe.note('produced', i)
          yield { data }
        }
      }
      const call = client.streams.absorb(source())
      const result = Promise.resolve(call)
      await probe.until('first taken')
      await stalled(world, before)
      probe.open('absorb')
      equal(await result, { items, bytes: items * itemBytes })
    },
  },
  {
    topic,
    name: 'send() does not resolve while a handler that has stopped reading leaves no room',
    clients: 'once',
    needs: ['streamingUpload'],
    timeoutMs: 60_000,
    async run(world) {
      const { client, probe } = world
      const data = 'x'.repeat(itemBytes)
      const call = client.streams.absorb()
      const sending = (async () => {
        for (let i = 0; i < items; i++) {
          await call.send({ data })
          probe.note('produced', i)
        }
        await call.end()
      })()
      await probe.until('first taken')
      await stalled(world, undefined)
      probe.open('absorb')
      await sending
      equal(await call, { items, bytes: items * itemBytes })
    },
  },
  {
    topic,
    name: 'a two-way stream whose answers nobody takes stops taking messages',
    clients: 'once',
    needs: ['twoWay'],
    timeoutMs: 60_000,
    async run(world) {
      const { client, probe } = world
      async function* source(): AsyncGenerator<{ text: string }> {
        const text = 'x'.repeat(itemBytes)
        for (let i = 0; i < items; i++) {
          probe.note('produced', i)
          yield { text }
        }
      }
      let seen = 0
      for await (const _ of client.streams.echo(source())) {
        if (seen++ === 0) await stalled(world, undefined)
      }
      equal(seen, items, 'items')
    },
  },
  {
    topic,
    name: 'one reader that stops holds up no other call',
    clients: 'once',
    async run({ client }) {
      const slow = client.streams.flood({ items, bytes: itemBytes })
      await slow.next()
      equal(await client.values.text({ text: 'a' }), { text: 'a' })
      let count = 0
      for await (const _ of client.streams.count({ to: 1_000 })) count++
      equal(count, 1_000)
      await slow.return()
    },
  },
]
