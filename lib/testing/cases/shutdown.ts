import { check, collect, equal, fails } from '../assert.ts'
import type { ConformanceCase } from '../harness.ts'
import { serverHasRead } from './server-has-read.ts'

const topic = 'shutdown'

/** How a server ends: it takes no more, finishes what runs, and only then closes. */
export const shutdownCases: readonly ConformanceCase[] = [
  {
    topic,
    name: 'a server without calls closes at once, and closing again does nothing',
    clients: 'once',
    needs: ['server'],
    async run({ client, closeServer }) {
      await client.values.nothing()
      await closeServer()
      await closeServer()
    },
  },
  {
    topic,
    name: 'calls in flight finish while the server drains',
    clients: 'once',
    needs: ['server'],
    server: { graceMs: 5_000 },
    async run({ client, probe, closeServer, log }) {
      const call = Promise.resolve(client.life.busy({}))
      const stream = client.metadata.stream({ items: 100 })
      await stream.next()
      await probe.until('busy began')
      const closed = closeServer()
      probe.open('busy')
      equal(await call, {})
      equal((await collect(stream)).length, 99)
      equal((await stream.trailer).get('from-trailer'), 'late')
      await closed
      equal(log.lines, [], 'what was logged')
    },
  },
  {
    topic,
    name: 'a call that waits for its turn has been taken: it runs while the server drains',
    clients: 'once',
    needs: ['server', 'sharedConnection'],
    server: { graceMs: 5_000, limits: { maxRunningPerConnection: 1 } },
    async run({ client, probe, closeServer, log }) {
      const first = Promise.resolve(client.life.busy({}))
      await probe.until('busy began')
      const second = Promise.resolve(client.values.nothing({}))
      await serverHasRead(client)
      const closed = closeServer()
      probe.open('busy')
      equal([await first, await second], [{}, {}], 'the answers')
      await closed
      equal(log.lines, [], 'what was logged')
    },
  },
  {
    topic,
    name: 'a client stream in flight goes on to its end while the server drains',
    clients: 'once',
    needs: ['server', 'streamingUpload'],
    server: { graceMs: 5_000 },
    async run({ client, probe, closeServer }) {
      const call = client.streams.sum()
      await call.send({ value: 1 })
      await probe.until('item')
      const closed = closeServer()
      await call.send({ value: 2 })
      await call.end()
      equal(await call, { count: 2, total: 3 })
      await closed
    },
  },
  {
    topic,
    name: 'new calls are UNAVAILABLE while the server drains and after it has closed',
    clients: 'once',
    needs: ['server'],
    server: { graceMs: 5_000 },
    client: { retry: false },
    async run({ client, probe, closeServer, connect }) {
      const call = Promise.resolve(client.life.busy({}))
      await probe.until('busy began')
      const closed = closeServer()
      await fails(() => client.values.nothing(), { code: 'UNAVAILABLE' })
      await fails(() => client.streams.count({ to: 1 }).next(), { code: 'UNAVAILABLE' })
      await fails(() => connect({ retry: false }).values.nothing(), { code: 'UNAVAILABLE' })
      equal(probe.count('nothing'), 0, 'handlers that ran')
      probe.open('busy')
      equal(await call, {})
      await closed
      await fails(() => client.values.nothing(), { code: 'UNAVAILABLE' })
    },
  },
  {
    topic,
    name: 'what is left after the grace period is aborted UNAVAILABLE, and the log says how many calls that were',
    clients: 'once',
    needs: ['server'],
    server: { graceMs: 100 },
    client: { retry: false },
    async run({ client, probe, closeServer, log }) {
      const holding = fails(client.life.hold(undefined, {}), { code: 'UNAVAILABLE' })
      const stream = client.life.stall()
      await stream.next()
      const waiting = fails(stream.next(), { code: 'UNAVAILABLE' })
      await probe.until('hold began')
      await probe.until('stall began')
      await closeServer()
      await holding
      await waiting
      equal(
        [probe.count('hold ended'), probe.count('stall ended')],
        [1, 1],
        'handlers that ran their finally',
      )
      const line = log.lines.find(({ level }) => level === 'warn')
      equal(line?.details, { calls: 2 }, 'the details of the warning')
    },
  },
  {
    topic,
    name: 'a handler that does not listen keeps the server from closing no longer than a moment',
    clients: 'once',
    needs: ['server'],
    server: { graceMs: 50 },
    client: { retry: false },
    async run({ client, probe, closeServer }) {
      const failing = fails(client.life.deaf({}), { code: 'UNAVAILABLE' })
      await probe.until('deaf began')
      await closeServer()
      await failing
      equal(probe.count('deaf ended'), 0, 'handlers that have ended')
      probe.open('deaf')
    },
  },
  {
    topic,
    name: 'readers of an endless stream are told when the server stops',
    clients: 'once',
    needs: ['server'],
    server: { graceMs: 50 },
    async run({ client, probe, closeServer }) {
      const call = client.life.endless()
      await call.next()
      const closed = closeServer()
      // It pauses nowhere: the framework sees to it that timers and sockets have their turn.
      const reading = async (): Promise<void> => {
        for await (const _ of call);
      }
      const error = await fails(reading, { code: 'UNAVAILABLE' })
      check(error.message !== '', 'the message is empty')
      await probe.until('endless ended')
      await closed
    },
  },
]
