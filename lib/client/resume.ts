import type { Call, Reply } from '../core/call.ts'
import { type Cursor, writeCursor } from '../core/cursor.ts'
import { isRpcError } from '../core/errors.ts'
import { isIterable } from '../core/iterate.ts'
import { createMetadata } from '../core/metadata.ts'
import { pauseFor } from './pause.ts'

/** What is needed to go on with a stream whose connection was lost. */
export interface Resumption {
  readonly call: Call
  /** Calls again; for a call that goes on behind a cursor. */
  readonly again: (call: Call) => Promise<Reply>
  /** Where the item that was last delivered stands; undefined before the first. */
  readonly last: () => Cursor | undefined
}

const initialPauseMs = 1_000
const longestPauseMs = 120_000

/**
 * A stream of answers that goes on, behind the last item delivered, when its connection is lost: at once, then after
 * 1 s × 1.6 … 120 s, until the server is back or the call is cancelled. Other failures end it.
 */
export async function* resuming(output: unknown, resumption: Resumption): AsyncGenerator {
  const { call, again, last } = resumption
  let source: unknown = output
  let pauseMs = 0
  for (;;) {
    try {
      source ??= (await again(continuing(call, last()))).output
      if (!isIterable(source)) return yield source
      for await (const item of source) {
        pauseMs = 0
        yield item
      }
      return
    } catch (error) {
      if (!isRpcError(error) || error.code !== 'UNAVAILABLE' || call.lifetime.reason) throw error
      source = undefined
      if (pauseMs > 0) await pauseFor(call.lifetime, pauseMs)
      pauseMs = Math.min(longestPauseMs, Math.max(initialPauseMs, pauseMs * 1.6))
    }
  }
}

function continuing(call: Call, cursor: Cursor | undefined): Call {
  if (cursor === undefined) return call
  const metadata = createMetadata(call.metadata)
  writeCursor(metadata, cursor)
  return call.with({}, { metadata })
}
