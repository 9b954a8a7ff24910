import { RpcError } from '../../core/errors.ts'
import { check, equal, fails } from '../assert.ts'
import type { ConformanceCase, World } from '../harness.ts'

const topic = 'cancellation'

/** What the handler's signal aborted with is an RpcError, whatever the caller's reason was. */
function cancelledAt({ probe }: World, handler: string): void {
  const reason = probe.value(`${handler} ended`)
  check(reason instanceof RpcError, `the reason of the handler's signal is ${String(reason)}`)
  equal(reason.code, 'CANCELLED', "the code of the handler's signal")
}

/** Sends 1 and then waits for ever, or until it is closed. */
async function* oneAndWait({ probe }: World): AsyncGenerator<{ value: number }> {
  try {
    yield { value: 1 }
    for (let value = 2; ; value++) {
      await probe.passed('more')
      yield { value }
    }
  } finally {
    probe.note('source closed')
  }
}

/** Ends of calls that one side wanted, and what the other side then does. */
export const cancellationCases: readonly ConformanceCase[] = [
  {
    topic,
    name: 'aborting the signal of a unary call fails it CANCELLED, and the handler runs its finally',
    needs: ['unaryCancel'],
    async run(world) {
      const { client, probe } = world
      const abort = new AbortController()
      const call = client.life.hold(undefined, { signal: abort.signal })
      const failing = fails(call, { code: 'CANCELLED' })
      await probe.until('hold began')
      abort.abort()
      await failing
      await probe.until('hold ended')
      cancelledAt(world, 'hold')
    },
  },
  {
    topic,
    name: 'cancel() on a unary call does the same',
    needs: ['unaryCancel'],
    async run(world) {
      const { client, probe } = world
      const call = client.life.hold()
      const failing = fails(call, { code: 'CANCELLED' })
      await probe.until('hold began')
      call.cancel()
      await failing
      await probe.until('hold ended')
      cancelledAt(world, 'hold')
    },
  },
  {
    topic,
    name: 'the reason that a caller aborts with is what its call fails with, when it is an RpcError',
    needs: ['unaryCancel'],
    async run({ client, probe }) {
      const abort = new AbortController()
      const call = client.life.hold(undefined, { signal: abort.signal })
      const failing = fails(call, { code: 'ABORTED', message: 'no longer wanted' })
      await probe.until('hold began')
      abort.abort(new RpcError('ABORTED', 'no longer wanted'))
      await failing
      await probe.until('hold ended')
    },
  },
  {
    topic,
    name: 'a call whose signal is aborted beforehand never runs',
    async run({ client, probe }) {
      const signal = AbortSignal.abort()
      await fails(() => client.life.hold(undefined, { signal }), { code: 'CANCELLED' })
      await fails(() => client.life.endless(undefined, { signal }).next(), { code: 'CANCELLED' })
      await fails(() => client.life.read([{ value: 1 }], { signal }), { code: 'CANCELLED' })
      await fails(() => client.life.talk([{ value: 1 }], { signal }).next(), { code: 'CANCELLED' })
      await client.values.nothing()
      const began = ['hold', 'endless', 'read', 'talk'].filter((name) => probe.count(`${name} began`) > 0)
      equal(began, [], 'handlers that ran')
    },
  },
  {
    topic,
    name: 'leaving a for await ends the producer, which runs its finally',
    async run({ client, probe }) {
      let seen = 0
      for await (const _ of client.life.endless()) if (++seen === 3) break
      await probe.until('endless ended')
    },
  },
  {
    topic,
    name: 'leaving a for await by an error ends the producer too',
    async run({ client, probe }) {
      const work = async (): Promise<void> => {
        for await (const _ of client.life.endless()) throw new RpcError('ABORTED', 'mine')
      }
      await fails(work, { code: 'ABORTED', message: 'mine' })
      await probe.until('endless ended')
    },
  },
  {
    topic,
    name: 'a producer that waits learns by its signal that its reader has left',
    async run(world) {
      const { client, probe } = world
      const call = client.life.stall()
      await call.next()
      const second = call.next().catch(() => {})
      await probe.until('stall began')
      await call.return()
      await second
      await probe.until('stall ended')
      cancelledAt(world, 'stall')
    },
  },
  {
    topic,
    name: 'aborting the signal of a stream fails its reader, and the waiting producer runs its finally',
    async run(world) {
      const { client, probe } = world
      const abort = new AbortController()
      const call = client.life.stall(undefined, { signal: abort.signal })
      equal(await call.next(), { done: false, value: { value: 0 } })
      const failing = fails(call.next(), { code: 'CANCELLED' })
      await probe.until('stall began')
      abort.abort()
      await failing
      await probe.until('stall ended')
      cancelledAt(world, 'stall')
    },
  },
  {
    topic,
    name: 'cancelling a stream before its first item is asked for ends it on both sides',
    async run({ client, probe }) {
      const call = client.life.endless({})
      await probe.until('endless began')
      call.cancel()
      await fails(call.next(), { code: 'CANCELLED' })
      await probe.until('endless ended')
    },
  },
  {
    topic,
    name: "aborting a client stream fails it, ends the handler's loop and closes the source",
    needs: ['streamingUpload'],
    async run(world) {
      const { client, probe } = world
      const abort = new AbortController()
      const failing = fails(client.life.read(oneAndWait(world), { signal: abort.signal }), {
        code: 'CANCELLED',
      })
      await probe.until('read item')
      abort.abort()
      await failing
      await probe.until('read ended')
      cancelledAt(world, 'read')
      probe.open('more')
      await probe.until('source closed')
    },
  },
  {
    topic,
    name: 'aborting a two-way stream fails it, ends the handler and closes the source',
    needs: ['twoWay'],
    async run(world) {
      const { client, probe } = world
      const abort = new AbortController()
      const call = client.life.talk(oneAndWait(world), { signal: abort.signal })
      equal(await call.next(), { done: false, value: { value: 1 } })
      abort.abort()
      await fails(call.next(), { code: 'CANCELLED' })
      await probe.until('talk ended')
      cancelledAt(world, 'talk')
      probe.open('more')
      await probe.until('source closed')
    },
  },
  {
    topic,
    name: 'leaving a two-way stream ends the handler, which waits for input',
    needs: ['twoWay'],
    async run({ client, probe }) {
      const call = client.life.talk()
      await call.send({ value: 1 })
      equal(await call.next(), { done: false, value: { value: 1 } })
      await call.return()
      await probe.until('talk ended')
      await fails(() => call.send({ value: 2 }), { code: 'CANCELLED' })
    },
  },
  {
    topic,
    name: 'a cancelled send() says so, however full the way is',
    needs: ['streamingUpload'],
    async run({ client, probe }) {
      const abort = new AbortController()
      const call = client.streams.absorb(undefined, { signal: abort.signal })
      const failing = fails(call, { code: 'CANCELLED' })
      const data = 'x'.repeat(65_536)
      await call.send({ data })
      await probe.until('first taken')
      const sending = (async () => {
        for (;;) await call.send({ data })
      })()
      const refused = fails(sending, { code: 'CANCELLED' })
      abort.abort()
      await refused
      await failing
      probe.open('absorb')
    },
  },
  {
    topic,
    name: 'closing a client cancels what it has running, and no more calls go out',
    async run(world) {
      const { connect, probe } = world
      const other = connect()
      const holding = fails(other.life.hold(), { code: 'CANCELLED' })
      const stalling = other.life.stall()
      await stalling.next()
      const waiting = fails(stalling.next(), { code: 'CANCELLED' })
      await probe.until('hold began')
      await probe.until('stall began')
      // In process, closing waits for the handlers: both have to hear of it.
      await other.close()
      await holding
      await waiting
      await probe.until('stall ended')
      await fails(() => other.values.nothing(), { code: 'CANCELLED' })
    },
  },
  {
    topic,
    name: 'cancelling after the end does nothing',
    async run({ client }) {
      const abort = new AbortController()
      const call = client.values.text({ text: 'a' }, { signal: abort.signal })
      equal(await call, { text: 'a' })
      abort.abort()
      call.cancel()
      equal(await call, { text: 'a' })
      await call.trailer
    },
  },
  {
    topic,
    name: 'one call cancelled disturbs no other',
    async run({ client, probe }) {
      const abort = new AbortController()
      const other = client.life.busy({})
      const failing = fails(client.life.hold(undefined, { signal: abort.signal }), { code: 'CANCELLED' })
      const talk = client.streams.count({ to: 1_000 })
      await talk.next()
      await probe.until('hold began')
      await probe.until('busy began')
      abort.abort()
      await failing
      let count = 1
      for await (const _ of talk) count++
      equal(count, 1_000)
      probe.open('busy')
      equal(await other, {})
    },
  },
  {
    topic,
    name: 'a nested call made for a context is cancelled with it',
    needs: ['unaryCancel'],
    async run({ client, probe }) {
      const abort = new AbortController()
      const failing = fails(client.life.nested(undefined, { signal: abort.signal }), { code: 'CANCELLED' })
      await probe.until('hold began')
      abort.abort()
      await failing
      await probe.until('hold ended')
    },
  },
]
