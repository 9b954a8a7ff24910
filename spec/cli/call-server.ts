/** What the specs of `microapi call` call: an app in this process, which tells what its handlers see. */
import { Type } from '@sinclair/typebox'
import { createApp, defineService, rpc, serve, type Transport } from 'microapi-ts'
import { recordingLog } from 'microapi-ts/testing'

const N = Type.Object({ n: Type.Integer() })
const Many = Type.Object({ n: Type.Integer(), bytes: Type.Optional(Type.Integer()) })
const Item = Type.Object({ n: Type.Integer(), pad: Type.Optional(Type.String()) })

/** What the handlers have done. */
export interface Seen {
  readonly told: string[]
  /** Items that the last `count` has made. */
  made: number
  /** Lets `drip` and `stall` go on, behind their first item. */
  release: () => void
}

/** Serves the app over some transports. */
export async function serveNumbers(transports: readonly Transport[]) {
  const seen: Seen = { told: [], made: 0, release: () => {} }
  const log = recordingLog()
  const numbers = defineService({
    double: rpc.unary(N, N, ({ n }, { header, trailer, metadata, deadline }) => {
      header.set('x-tag', metadata.get('x-tag') ?? 'none')
      header.set('x-limit', deadline === undefined ? 'none' : 'some')
      trailer.set('x-end', 'yes')
      return { n: 2 * n }
    }),
    hang: rpc.unary(N, N, async ({ n }, { signal }) => {
      seen.told.push(`hang ${n}`)
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      seen.told.push(`hang ${n} aborted`)
      return { n }
    }),
    refuse: rpc.errors({ TOO_BIG: { code: 'OUT_OF_RANGE', details: N } }).unary(N, N, ({ n }, { errors }) => {
      throw errors.TOO_BIG({ n }, 'too\nbig \u001B[31m\u009B31m')
    }),
    count: rpc.serverStream(Many, Item, async function* ({ n, bytes }) {
      const pad = bytes === undefined ? {} : { pad: 'x'.repeat(bytes) }
      seen.made = 0
      try {
        while (seen.made < n) yield { n: seen.made++, ...pad }
      } finally {
        seen.told.push(`count ${n} left`)
      }
    }),
    drip: rpc.serverStream(N, N, async function* ({ n }) {
      yield { n }
      await new Promise<void>((resolve) => (seen.release = resolve))
      yield { n: n + 1 }
    }),
    sum: rpc.clientStream(N, N, async (items) => {
      let [sum, count] = [0, 0]
      try {
        for await (const { n } of items) [sum, count] = [sum + n, count + 1]
        return { n: sum }
      } finally {
        seen.told.push(`sum of ${count}`)
      }
    }),
    stall: rpc.clientStream(N, N, async (items) => {
      let sum = 0
      for await (const { n } of items) {
        if (sum === 0) await new Promise<void>((resolve) => (seen.release = resolve))
        sum += n
      }
      return { n: sum }
    }),
    echo: rpc.bidiStream(N, N, async function* (items) {
      try {
        for await (const item of items) yield item
      } finally {
        seen.told.push('echo left')
      }
    }),
    greet: rpc.bidiStream(N, N, async function* (items) {
      yield { n: -1 }
      yield* items
    }),
    happened: rpc.event(N, ({ n }) => void seen.told.push(`happened ${n}`)),
  })
  const server = await serve(createApp({ services: { numbers }, log }), transports, {
    signals: false,
    graceMs: 1_000,
  })
  return { server, seen, urls: server.urls }
}
