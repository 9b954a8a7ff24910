import type { RpcError } from './errors.ts'
import type { MethodKind } from './kind.ts'

/** How often a message that failed is handled again. */
export interface RetryOptions {
  /** How often it is handled at most, the first time included: 1 for a unary call, 4 for an event. */
  readonly attempts: number
  readonly backoff?: Backoff
}

/** The pauses between attempts. They are not random: a broker keeps a queue for each. */
export interface Backoff {
  /** The first, in ms: 1,000. */
  readonly initialMs?: number
  /** The longest, in ms: 60,000. */
  readonly maxMs?: number
  /** How much longer each is than the one before: 2. */
  readonly factor?: number
}

/** What a method says of messages whose handling failed, where a broker brought them. */
export interface FailureOptions {
  /** How often it is tried again, where the failure may pass. */
  readonly retry?: RetryOptions
  /** Whether what failed for good is kept in a queue of dead letters; true for an event. */
  readonly deadLetter?: boolean
}

/** What becomes of a message whose handling failed: it comes again, is put aside, or ends with its answer. */
export type Verdict =
  | { readonly fate: 'retry'; readonly delayMs: number }
  | { readonly fate: 'deadLetter' | 'end' }

/** Failure options with their defaults. */
export interface FailurePolicy {
  readonly attempts: number
  readonly deadLetter: boolean
  /** What becomes of a message that has failed; `attempt` counts from 1. */
  judge(error: RpcError, attempt: number): Verdict
}

/** The most attempts that may be asked for. */
const mostAttempts = 1_000

/** Fills in the defaults of docs/limits.md. */
export function failurePolicy(kind: MethodKind | undefined, options: FailureOptions = {}): FailurePolicy {
  const isEvent = kind === 'event'
  const { attempts, backoff = {} } = options.retry ?? { attempts: isEvent ? 4 : 1 }
  const { initialMs = 1_000, maxMs = 60_000, factor = 2 } = backoff
  const deadLetter = options.deadLetter ?? isEvent
  return {
    attempts,
    deadLetter,
    judge(error, attempt) {
      if (mayPass(error) && attempt < attempts) {
        return { fate: 'retry', delayMs: Math.round(Math.min(maxMs, initialMs * factor ** (attempt - 1))) }
      }
      return { fate: deadLetter && (isEvent || mayPass(error)) ? 'deadLetter' : 'end' }
    },
  }
}

/**
 * Whether handling it again may help: what an error says of itself, and a handler that broke or took too long. A caller's
 * own mistake stays one.
 */
function mayPass({ retryable, code }: RpcError): boolean {
  return retryable || code === 'INTERNAL' || code === 'DEADLINE_EXCEEDED'
}

/** Throws a TypeError for options that make no sense; `name` is the method's. */
export function checkFailureOptions(
  name: string,
  kind: MethodKind,
  { retry, deadLetter }: FailureOptions,
): void {
  if (retry === undefined && deadLetter === undefined) return
  if (kind !== 'unary' && kind !== 'event')
    throw new TypeError(
      `method "${name}": retry and deadLetter are for unary methods and events; a stream is not kept`,
    )
  if (retry === undefined) return
  const { attempts, backoff = {} } = retry
  if (!Number.isInteger(attempts) || attempts < 1 || attempts > mostAttempts)
    throw new TypeError(
      `method "${name}": retry.attempts is ${attempts}; use a whole number from 1 to ${mostAttempts}`,
    )
  for (const [key, value] of Object.entries(backoff)) {
    if (!(value > 0 && Number.isFinite(value)))
      throw new TypeError(`method "${name}": retry.backoff.${key} is ${value}; use a number above 0`)
  }
}
