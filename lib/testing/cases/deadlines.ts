import { createCall } from '../../core/create-call.ts'
import { check, equal, fails } from '../assert.ts'
import type { ConformanceCase } from '../harness.ts'
import type { Probe } from '../probe.ts'

const topic = 'deadlines'

const peer = { transport: 'test' }

/**
 * Calls with ever more time, until one has come as far as its handler: on a busy machine the way alone may take longer
 * than a short deadline. Each fails by it.
 */
async function untilOneRan(
  probe: Probe,
  handler: string,
  call: (timeoutMs: number) => PromiseLike<unknown>,
): Promise<void> {
  for (let ms = 150; probe.count(`${handler} began`) === 0; ms *= 3)
    await fails(() => call(ms), { code: 'DEADLINE_EXCEEDED' })
}

/** Calls that have an end. */
export const deadlineCases: readonly ConformanceCase[] = [
  {
    topic,
    name: 'a call that takes too long fails DEADLINE_EXCEEDED, and the handler runs its finally',
    async run({ client, probe }) {
      await untilOneRan(probe, 'hold', (timeoutMs) => client.life.hold(undefined, { timeoutMs }))
      await probe.until('hold ended')
    },
  },
  {
    topic,
    name: "the client's own time limit holds where a call has none",
    client: { timeoutMs: 150 },
    run: ({ client }) => fails(() => client.life.hold(), { code: 'DEADLINE_EXCEEDED' }).then(() => {}),
  },
  {
    topic,
    name: "a stream's deadline ends it between two items",
    async run({ client, probe }) {
      let items = 0
      await untilOneRan(probe, 'stall', async (timeoutMs) => {
        for await (const _ of client.life.stall(undefined, { timeoutMs })) items++
      })
      check(items <= 1, `${items} items came where one does`)
      await probe.until('stall ended')
    },
  },
  {
    topic,
    name: "a client stream's deadline ends the handler that waits for more",
    needs: ['streamingUpload'],
    async run({ client, probe }) {
      await untilOneRan(probe, 'read', (timeoutMs) => {
        const call = client.life.read(undefined, { timeoutMs })
        call.send({ value: 1 }).catch(() => {})
        return call
      })
      await probe.until('read ended')
    },
  },
  {
    topic,
    name: 'the handler knows how much time is left',
    async run({ client }) {
      const { left } = await client.life.clock(undefined, { timeoutMs: 60_000 })
      check(left !== undefined && left > 30_000 && left <= 60_000, `${left} ms are left of 60,000`)
    },
  },
  {
    topic,
    name: 'the server keeps the deadline by itself',
    clients: 'once',
    needs: ['server'],
    async run({ invoke, probe }) {
      // Nobody but the server ends the call: it is to arrive before its time is over, which a first one may not.
      await invoke(createCall({ service: 'values', method: 'nothing', kind: 'unary', input: {}, peer }))
      const call = createCall({
        service: 'life',
        method: 'hold',
        kind: 'unary',
        input: {},
        deadline: Date.now() + 500,
        peer,
      })
      await fails(invoke(call), { code: 'DEADLINE_EXCEEDED' })
      await probe.until('hold ended')
      equal((probe.value('hold ended') as { code: string }).code, 'DEADLINE_EXCEEDED')
    },
  },
  {
    topic,
    name: 'a call whose deadline has passed on arrival does not run',
    clients: 'once',
    async run({ invoke, client, probe }) {
      const call = createCall({
        service: 'life',
        method: 'hold',
        kind: 'unary',
        input: {},
        deadline: Date.now() - 10,
        peer,
      })
      await fails(invoke(call), { code: 'DEADLINE_EXCEEDED' })
      await client.values.nothing()
      equal(probe.count('hold began'), 0, 'handlers that ran')
    },
  },
  {
    topic,
    name: 'a nested call made for a context has its deadline, and no more time than that',
    async run({ client, probe }) {
      await untilOneRan(probe, 'hold', (timeoutMs) => client.life.nested(undefined, { timeoutMs }))
      await probe.until('hold ended')
      const [outer, inner] = [probe.value('nested deadline'), probe.value('hold deadline')] as [
        number,
        number,
      ]
      // Each hop counts whole milliseconds and may lose those that the way took.
      check(Math.abs(inner - outer) < 250, `the nested call ends ${inner - outer} ms after the outer one`)
    },
  },
  {
    topic,
    name: 'the server has a limit of its own for unary calls, whatever the caller says',
    server: { limits: { maxCallMs: 150 } },
    async run({ client, probe }) {
      await fails(() => client.life.hold(undefined, { timeoutMs: 60_000 }), { code: 'DEADLINE_EXCEEDED' })
      await probe.until('hold ended')
    },
  },
  {
    topic,
    name: 'a handler that does not listen is not waited for by its caller',
    async run({ client, probe }) {
      await untilOneRan(probe, 'deaf', (timeoutMs) => client.life.deaf(undefined, { timeoutMs }))
      equal(probe.count('deaf ended'), 0, 'handlers that have ended')
      probe.open('deaf')
      await probe.until('deaf ended')
    },
  },
]
