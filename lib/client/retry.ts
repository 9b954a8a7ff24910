import type { Call, Invoke, Reply } from '../core/call.ts'
import { isRpcError } from '../core/errors.ts'
import { isEventBatch } from '../core/event-batch.ts'
import { isIterable } from '../core/iterate.ts'
import { neverRan } from '../core/never-ran.ts'
import { pauseFor } from './pause.ts'
import type { RetryPolicy } from './settings.ts'

/** Whether a call may be repeated when its answer was lost. */
export type IsIdempotent = (call: Call) => boolean

/**
 * Tries a call again where that is safe: it is idempotent and the failure may pass, or it certainly never ran.
 * A call that streams in is not repeated, since what was sent is gone.
 */
export function retrying(invoke: Invoke, policy: RetryPolicy, isIdempotent: IsIdempotent): Invoke {
  let tokens = policy.maxTokens
  const mayRetry = (call: Call, error: unknown): boolean => {
    if (!isRpcError(error) || call.lifetime.reason !== undefined) return false
    if (isIterable(call.input) && !isEventBatch(call.input)) return false
    if (!neverRan(error) && !(error.retryable && isIdempotent(call))) return false
    tokens = Math.max(0, tokens - 1)
    return tokens > policy.maxTokens / 2
  }
  const again = async (call: Call, failure: unknown): ReturnType<Invoke> => {
    let error = failure
    for (let attempt = 1; attempt < policy.attempts && mayRetry(call, error); attempt++) {
      await pauseFor(call.lifetime, backoff(policy, attempt))
      try {
        return await invoke(call)
      } catch (next) {
        error = next
      }
    }
    throw error
  }
  const refill = (reply: Reply): Reply => {
    if (tokens < policy.maxTokens) tokens = Math.min(policy.maxTokens, tokens + policy.tokenRatio)
    return reply
  }
  return (call) => invoke(call).then(refill, (error) => again(call, error))
}

function backoff(policy: RetryPolicy, attempt: number): number {
  return Math.min(policy.maxBackoffMs, policy.initialBackoffMs * 2 ** (attempt - 1))
}
