import { rpc } from '../core/builder.ts'
import { depends } from '../core/dependency.ts'
import { RpcError } from '../core/errors.ts'
import type { Limits } from '../core/limits.ts'
import type { Log } from '../core/log.ts'
import type { ErrorCode } from '../core/status.ts'
import { createApp, type App } from '../server/app.ts'
import { conformanceContract as contract, type ConformanceClient } from './contract.ts'
import { aborted } from './aborted.ts'
import { eventHandlers } from './event-handlers.ts'
import { lifeHandlers } from './life-handlers.ts'
import type { Probe } from './probe.ts'

/** What a case may want of its app. */
export interface ConformanceAppOptions {
  readonly probe: Probe
  readonly log: Log
  readonly limits?: Partial<Limits>
  /** For handlers that call on. */
  readonly self: () => ConformanceClient
}

/** What {@link secret} carries and no caller may see. */
export const secretText = 'the password is hunter2'

/** The app that the conformance cases run against. What its handlers see and do is noted in the probe. */
export function conformanceApp({ probe, log, limits = {}, self }: ConformanceAppOptions): App {
  const outer = depends(async function* outerPart() {
    probe.note('outer made')
    const error: unknown = yield 'outer'
    probe.note('outer cleaned', error)
  })
  const inner = depends({ outer }, async function* innerPart({ outer: value }) {
    probe.note('inner made')
    const error: unknown = yield `inner of ${value}`
    probe.note('inner cleaned', error)
  })
  return createApp({
    services: {
      ...echoing(probe),
      life: lifeHandlers(probe, self),
      events: eventHandlers(probe),
      work: working(probe, inner),
    },
    limits,
    log,
  })
}

type Inner = ReturnType<typeof depends<string>>

function echoing(probe: Probe) {
  const same = <T>(input: T): T => input
  return {
    values: rpc.implement(contract.values, {
      everything: same,
      shape: same,
      being: same,
      both: same,
      pairs: same,
      nullable: same,
      tree: same,
      defaults: same,
      positions: same,
      int64: same,
      text: same,
      strict: same,
      open: same,
      nothing: (input) => {
        probe.note('nothing', input)
        return input
      },
    }),
    answers: rpc.implement(contract.answers, {
      bad: () => ({ value: 'secret text' }) as never,
      extra: () => ({ value: 1, hidden: 2, inner: { text: 'a', hidden: 3 } }),
      async *bad_item() {
        yield { value: 1 }
        yield { value: 'secret text' } as never
      },
      async *extra_item() {
        yield { value: 1, hidden: 2 } as { value: number }
      },
    }),
    streams: rpc.implement(contract.streams, {
      async *count({ to }) {
        for (let value = 0; value < to; value++) yield { value }
      },
      async *special(items) {
        yield* items
      },
      async sum(items) {
        let [count, total] = [0, 0]
        for await (const { value } of items) {
          probe.note('item', value)
          count++
          total += value
        }
        return { count, total }
      },
      async first(items) {
        for await (const item of items) return item
        throw new RpcError('OUT_OF_RANGE', 'no item')
      },
      async *echo(items) {
        for await (const item of items) yield item
        probe.note('input ended')
      },
      async *after_all(items) {
        let count = 0
        for await (const _ of items) count++
        probe.note('input ended')
        for (let value = 0; value < count; value++) yield { value }
      },
      async *first_two(items) {
        let count = 0
        for await (const item of items) {
          yield item
          if (++count === 2) return
        }
      },
      async *flood({ items, bytes }) {
        const data = 'x'.repeat(bytes)
        for (let i = 0; i < items; i++) {
          probe.note('produced', i)
          yield { data }
        }
      },
      async absorb(blobs) {
        let [items, bytes] = [0, 0]
        for await (const { data } of blobs) {
          items++
          bytes += data.length
          if (items === 1) {
            probe.note('first taken')
            await probe.passed('absorb')
          }
        }
        return { items, bytes }
      },
    }),
    failures: rpc.implement(contract.failures, {
      coded: ({ code, message }) => {
        throw new RpcError(code as ErrorCode, message)
      },
      secret: () => {
        throw Object.assign(new Error(secretText), { hint: secretText })
      },
      declared: ({ left }, ctx) => {
        throw ctx.errors.OUT_OF_STOCK({ left, until: new Date(0) })
      },
      busy: (_, ctx) => {
        throw ctx.errors.BUSY('come back')
      },
      async *after({ items, how }, ctx) {
        for (let value = 0; value < items; value++) yield { value }
        if (how === 'declared') throw ctx.errors.OUT_OF_STOCK({ left: items })
        if (how === 'secret') throw new Error(secretText)
        throw new RpcError('ABORTED', 'gone')
      },
      async reading(items) {
        for await (const item of items) throw new RpcError('ABORTED', `at ${item.value}`)
        return {}
      },
      async *answering(items) {
        for await (const item of items) {
          yield item
          throw new RpcError('ABORTED', `at ${item.value}`)
        }
      },
    }),
    metadata: rpc.implement(contract.metadata, {
      mirror: (_, ctx) => {
        ctx.header
          .set('from-header', 'a')
          .append('from-header', 'b')
          .set('header-bin', new Uint8Array([0, 255]))
        ctx.trailer.set('from-trailer', 'c, d').set('trailer-bin', new Uint8Array([1, 2, 3]))
        return { seen: ctx.metadata.toJSON() }
      },
      async *stream({ items }, ctx) {
        ctx.header.set('from-header', 'early')
        for (let value = 0; value < items; value++) {
          yield { value }
          ctx.trailer.set('count', String(value + 1))
        }
        ctx.trailer.set('from-trailer', 'late')
      },
      async *late(items, ctx) {
        ctx.header.set('from-header', 'early')
        for await (const item of items) yield item
        ctx.trailer.set('from-trailer', 'late')
      },
      failing: (_, ctx) => {
        probe.note('saw', ctx.metadata.get('who'))
        throw new RpcError('NOT_FOUND', `nobody called ${ctx.metadata.get('who')}`)
      },
    }),
  }
}

function working(probe: Probe, inner: Inner) {
  return rpc.provide({ inner }).implement(contract.work, {
    once: async ({ how }, ctx) => {
      probe.note(`once with ${ctx.inner}`)
      if (how === 'fail') throw new RpcError('ABORTED', 'as told')
      if (how === 'hold') await aborted(ctx.signal)
      return {}
    },
    async *stream({ items, how }, ctx) {
      probe.note(`stream with ${ctx.inner}`)
      try {
        for (let value = 0; value < items; value++) yield { value }
        if (how === 'fail') throw new RpcError('ABORTED', 'as told')
      } finally {
        probe.note('stream ended')
      }
    },
  })
}
