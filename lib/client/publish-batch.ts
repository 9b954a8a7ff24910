import { batchFailure, eventBatch } from '../core/event-batch.ts'
import { toRpcError, RpcError } from '../core/errors.ts'
import { ClientCall } from './client-call.ts'
import { outgoingCall } from './outgoing-call.ts'
import type { CallOptions } from './signature.ts'
import type { Target } from './target.ts'

/** So many are on their way at once where each event is a call of its own. */
const together = 100

/**
 * Publishes many events of one method; resolves when all of them are in safe hands. Rejects with INVALID_ARGUMENT, and
 * publishes none, where one of them is not what its schema says; else with what {@link batchFailure} makes of those that
 * failed.
 */
export async function publishBatch(
  target: Target,
  payloads: Iterable<unknown>,
  options: CallOptions = {},
): Promise<void> {
  const events = Array.from(payloads, (payload, index) => encoded(target, payload, index))
  if (events.length === 0) return
  const { caller } = target
  if (await caller.takesBatches()) {
    const timeoutMs = options.timeoutMs ?? target.timeoutMs ?? caller.timeoutMs
    const call = outgoingCall(target, eventBatch(events), options, timeoutMs)
    const ended = (error?: unknown): void => call.lifetime.finish(error)
    await caller.invoke(call).then(
      () => ended(),
      (error: unknown) => {
        ended(error)
        throw error
      },
    )
    return
  }
  const failures = new Map<number, RpcError>()
  // Encoded they are already.
  const single: Target = { ...target, encode: (message) => message }
  for (let from = 0; from < events.length; from += together) {
    const calls = events.slice(from, from + together).map((one) => new ClientCall(single, one, options))
    for (const [index, one] of (await Promise.allSettled(calls)).entries())
      if (one.status === 'rejected') failures.set(from + index, toRpcError(one.reason))
  }
  if (failures.size > 0) throw batchFailure(failures, events.length)
}

function encoded(target: Target, payload: unknown, index: number): unknown {
  try {
    return target.encode(payload)
  } catch (error) {
    const { code, message, reason, details } = toRpcError(error)
    throw new RpcError(code, `event ${index}: ${message}`, { reason, details, cause: error })
  }
}
