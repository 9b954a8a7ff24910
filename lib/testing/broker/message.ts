import type { Reply } from '../../core/call.ts'
import type { ErrorCode } from '../../core/status.ts'
import type { RpcError } from '../../core/errors.ts'
import type { Lifetime } from '../../core/lifetime.ts'

/** What stands in a queue. */
export interface Message {
  readonly service: string
  readonly method: string
  readonly id: string
  /** The payload as JSON text. */
  readonly body: string
  readonly metadata: Readonly<Record<string, string>>
  /** When it must have been answered, in ms since the epoch; an event never expires. */
  readonly deadline: number | undefined
  /** How often it will have been handled when it is handled next. */
  readonly attempt: number
  /** Who waits for the answer; nobody for an event. */
  readonly caller: Caller | undefined
}

/** The other end of a call that is to be answered. */
export interface Caller {
  /** Cancelled when the caller has no use for the call any more, and when its stream is broken. */
  readonly life: Lifetime
  /** What it streams in, item by item. */
  readonly messages: AsyncIterable<unknown> | undefined
  /** A server takes the call as a stream, which ends with either connection. False where the caller is gone. */
  take(): boolean
  answer(reply: Reply): void
  fail(error: RpcError): void
}

/** A message that was put aside, since handling it failed for good. */
export interface DeadLetter {
  readonly service: string
  readonly method: string
  /** In JSON form. */
  readonly payload: unknown
  readonly metadata: Readonly<Record<string, string>>
  /** What its last attempt failed with. */
  readonly error: {
    readonly code: ErrorCode
    readonly message: string
    readonly reason?: string
    readonly details?: unknown
  }
  /** How often it was handled. */
  readonly attempts: number
  /** The queue that it was taken from. */
  readonly queue: string
  /** In ms since the epoch. */
  readonly failedAt: number
}

/** A message as a dead letter. */
export function deadLetterOf(
  { service, method, body, metadata, attempt }: Message,
  { code, message, reason, details }: RpcError,
  { queue, failedAt }: Pick<DeadLetter, 'queue' | 'failedAt'>,
): DeadLetter {
  return {
    service,
    method,
    payload: JSON.parse(body),
    metadata,
    error: {
      code,
      message,
      ...(reason === undefined ? {} : { reason }),
      ...(details === undefined ? {} : { details }),
    },
    attempts: attempt,
    queue,
    failedAt,
  }
}
