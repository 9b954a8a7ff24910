import type { Call } from '../../core/call.ts'
import { createCall } from '../../core/create-call.ts'
import { RpcError } from '../../core/errors.ts'
import { check, equal, fails } from '../assert.ts'
import { serverHasRead } from './server-has-read.ts'
import type { ConformanceCase } from '../harness.ts'

const topic = 'limits'

/** How much may run at once, and what becomes of the rest. */
export const limitCases: readonly ConformanceCase[] = [
  {
    topic,
    name: '1,000 calls at once all succeed',
    clients: 'once',
    timeoutMs: 30_000,
    async run({ client }) {
      const answers = await Promise.all(
        Array.from({ length: 1_000 }, (_, i) => Promise.resolve(client.values.text({ text: String(i) }))),
      )
      answers.forEach(({ text }, i) => equal(text, String(i)))
    },
  },
  {
    topic,
    name: '1,000 calls at once on one connection: 100 run, the others wait their turn, all succeed',
    clients: 'once',
    needs: ['sharedConnection'],
    timeoutMs: 30_000,
    async run({ client, probe }) {
      const calls = Array.from({ length: 1_000 }, () => Promise.resolve(client.life.busy({})))
      await probe.until('busy began', 100)
      probe.open('busy')
      equal((await Promise.all(calls)).length, 1_000)
      equal(probe.count('busy began'), 1_000)
      equal(probe.value('busy began'), 100, 'handlers that ran at once at most')
    },
  },
  {
    topic,
    name: 'no more handlers run at once than the server allows; the others wait and succeed',
    clients: 'once',
    server: { limits: { maxRunning: 10 } },
    timeoutMs: 30_000,
    async run({ client, probe }) {
      const calls = Array.from({ length: 100 }, () => Promise.resolve(client.life.busy({})))
      await probe.until('busy began', 10)
      probe.open('busy')
      await Promise.all(calls)
      equal(probe.count('busy began'), 100)
      equal(probe.value('busy began'), 10, 'handlers that ran at once at most')
    },
  },
  {
    topic,
    name: 'past the waiting limit a call is RESOURCE_EXHAUSTED at once, and the others go on',
    clients: 'once',
    needs: ['sharedConnection'],
    server: { limits: { maxRunningPerConnection: 2, maxWaitingPerConnection: 3 } },
    async run({ client, probe }) {
      const outcomes = Array.from({ length: 10 }, () =>
        Promise.resolve(client.life.busy({})).then(
          () => 'OK',
          (error: unknown) => {
            probe.note('refused', error)
            return error instanceof RpcError ? error.code : String(error)
          },
        ),
      )
      await probe.until('refused', 5)
      const refused = probe.value('refused') as RpcError
      check(
        refused.message.includes('maxWaitingPerConnection'),
        `"${refused.message}" does not name the limit`,
      )
      probe.open('busy')
      equal((await Promise.all(outcomes)).toSorted(), [
        ...Array.from({ length: 5 }, () => 'OK'),
        ...Array.from({ length: 5 }, () => 'RESOURCE_EXHAUSTED'),
      ])
    },
  },
  {
    topic,
    name: 'a waiting call that is cancelled gives its turn to the next and never runs',
    clients: 'once',
    needs: ['sharedConnection', 'unaryCancel'],
    server: { limits: { maxRunningPerConnection: 1 } },
    async run({ client, probe }) {
      const first = Promise.resolve(client.life.busy({}))
      await probe.until('busy began')
      const abort = new AbortController()
      const second = fails(client.life.hold(undefined, { signal: abort.signal }), { code: 'CANCELLED' })
      const third = Promise.resolve(client.values.nothing({}))
      abort.abort()
      await second
      await serverHasRead(client)
      probe.open('busy')
      equal(await first, {})
      equal(await third, {})
      equal(probe.count('hold began'), 0, 'handlers that ran')
    },
  },
  {
    topic,
    name: 'a waiting call whose deadline passes fails by it and never runs',
    clients: 'once',
    needs: ['sharedConnection'],
    server: { limits: { maxRunningPerConnection: 1 } },
    async run({ client, probe }) {
      const first = Promise.resolve(client.life.busy({}))
      await probe.until('busy began')
      await fails(() => client.life.hold(undefined, { timeoutMs: 150 }), { code: 'DEADLINE_EXCEEDED' })
      await serverHasRead(client)
      probe.open('busy')
      equal(await first, {})
      equal(await client.values.nothing(), {})
      equal(probe.count('hold began'), 0, 'handlers that ran')
    },
  },
  {
    topic,
    name: 'the server ends a waiting call at its deadline, though its client would wait on',
    needs: ['sharedConnection'],
    clients: 'once',
    server: { limits: { maxRunningPerConnection: 1 } },
    async run({ invoke, probe }) {
      const call = (method: string, deadline?: number): Call =>
        createCall({
          service: 'life',
          method,
          kind: 'unary',
          input: {},
          deadline,
          peer: { transport: 'test' },
        })
      const first = invoke(call('busy'))
      await probe.until('busy began')
      await fails(invoke(call('hold', Date.now() + 150)), { code: 'DEADLINE_EXCEEDED' })
      probe.open('busy')
      await first
      equal(probe.count('hold began'), 0, 'handlers that ran')
    },
  },
  {
    topic,
    name: 'a handler that goes on after its call was given up keeps its place until it ends',
    clients: 'once',
    needs: ['sharedConnection'],
    server: { limits: { maxRunningPerConnection: 1 } },
    async run({ client, probe }) {
      await fails(() => client.life.deaf(undefined, { timeoutMs: 150 }), { code: 'DEADLINE_EXCEEDED' })
      const next = Promise.resolve(client.values.nothing({}))
      equal(probe.count('nothing'), 0, 'handlers let in')
      probe.open('deaf')
      equal(await next, {})
      check(
        probe.events.indexOf('deaf ended') < probe.events.indexOf('nothing'),
        'the next call was let in before',
      )
    },
  },
  {
    topic,
    name: 'an abandoned stream gives its place back',
    clients: 'once',
    server: { limits: { maxRunningPerConnection: 1, maxRunning: 1 } },
    async run({ client, probe }) {
      for (let i = 1; i <= 3; i++) {
        for await (const _ of client.life.endless()) break
        await probe.until('endless ended', i)
      }
      equal(await client.values.nothing(), {})
    },
  },
]
