import { RpcError } from './errors.ts'
import { markNeverRan, neverRan } from './never-ran.ts'

const batches = new WeakSet<object>()

/** Makes many events of one method the input of one call: of a client whose channel takes that. */
export function eventBatch(events: readonly unknown[]): readonly unknown[] {
  batches.add(events)
  return events
}

/** Whether an input is what {@link eventBatch} has made. */
export function isEventBatch(input: unknown): input is readonly unknown[] {
  return Array.isArray(input) && batches.has(input)
}

/**
 * What a batch of `count` events fails with: the code of the first of those that failed, and the places of all of them
 * as `details.failed`. All others are in safe hands.
 */
export function batchFailure(failures: ReadonlyMap<number, RpcError>, count: number): RpcError {
  const failed = [...failures.keys()].toSorted((a, b) => a - b)
  const first = failures.get(failed[0]!)!
  const error = new RpcError(
    first.code,
    `${failed.length} of ${count} events were not published; event ${failed[0]}: ${first.message}`,
    { reason: first.reason, details: { failed }, retryable: first.retryable, cause: first },
  )
  const noneRan = failed.length === count && [...failures.values()].every(neverRan)
  return noneRan ? markNeverRan(error) : error
}
