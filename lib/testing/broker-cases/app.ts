import type { Call } from '../../core/call.ts'
import { rpc } from '../../core/builder.ts'
import { depends } from '../../core/dependency.ts'
import type { BaseContext } from '../../core/context.ts'
import { RpcError } from '../../core/errors.ts'
import type { Limits } from '../../core/limits.ts'
import type { Middleware } from '../../core/middleware.ts'
import { createApp, type App } from '../../server/app.ts'
import { recordingLog } from '../log.ts'
import type { Probe } from '../probe.ts'
import { brokerContract as contract } from './contract.ts'

/** One handling of a job, as it is noted under the job's key. */
export interface Handling {
  readonly id: string
  readonly who: string | undefined
  readonly when: Date | undefined
  readonly bytes: Uint8Array | undefined
}

interface Job {
  readonly key: string
  readonly how?: 'broken' | 'refused' | 'passing' | 'final' | 'held'
  readonly times?: number
  readonly at?: string
  readonly when?: Date
  readonly bytes?: Uint8Array
}

/** Where those wait that are held. */
export const gate = 'gate'

/** The app that the cases for brokers run against, as the server of this name. What it handles is noted under its key, and under `KEY at SERVER`. */
export function brokerApp(probe: Probe, server: string, limits: Partial<Limits>): App {
  const part = depends(async function* partOf() {
    probe.note('part made')
    const error: unknown = yield 'a part'
    probe.note('part cleaned', error)
  })
  const noted: Middleware = async function noted(call: Call, next) {
    probe.note(`${call.kind} began`)
    try {
      return await next(call)
    } finally {
      probe.note(`${call.kind} ended`)
    }
  }
  const handle = async (job: Job, { id, metadata }: BaseContext): Promise<number> => {
    const { key, how, times = Number.POSITIVE_INFINITY, at = server, when, bytes } = job
    const handling: Handling = { id, who: metadata.get('who'), when, bytes }
    probe.note(`${key} at ${server}`)
    probe.note(key, handling)
    const count = probe.count(key)
    if (how === 'held') await probe.passed(gate)
    else if (how !== undefined && count <= times && at === server) throw failureOf(how)
    return count
  }
  const answer = async (job: Job, ctx: BaseContext) => ({ server, count: await handle(job, ctx) })
  const hear = async (job: Job, ctx: BaseContext): Promise<void> => void (await handle(job, ctx))
  return createApp({
    use: [noted],
    limits,
    log: recordingLog(),
    services: {
      orders: rpc
        .provide({ part })
        .implement(contract.orders, { placed: hear, copied: hear, urgent: hear, fleeting: hear }),
      work: rpc.implement(contract.work, { plain: answer, tried: answer, kept: answer, patient: answer }),
      streams: rpc.implement(contract.streams, {
        async *count({ value: to }) {
          for (let value = 0; value < to; value++) yield { value }
        },
        async sum(items) {
          let value = 0
          for await (const item of items) value += item.value
          return { value }
        },
        async *double(items) {
          try {
            for await (const { value } of items) yield { value: 2 * value }
          } finally {
            probe.note('double ended')
          }
        },
      }),
    },
  })
}

/** What the caller's own mistake looks like. */
export const refusal = {
  code: 'FAILED_PRECONDITION',
  message: 'refused',
  reason: 'CLOSED',
  details: { for: 5 },
} as const

function failureOf(how: 'broken' | 'refused' | 'passing' | 'final'): Error {
  switch (how) {
    case 'broken':
      return new Error('the password is hunter2')
    case 'refused':
      return new RpcError(refusal.code, refusal.message, refusal)
    case 'passing':
      return new RpcError('FAILED_PRECONDITION', 'not yet', { retryable: true })
    case 'final':
      return new RpcError('UNAVAILABLE', 'gone for good', { retryable: false })
  }
}
