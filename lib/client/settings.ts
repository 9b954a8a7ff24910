import type { MetadataInit } from '../core/metadata.ts'
import type { AnyMiddleware } from '../core/middleware.ts'

/** What {@link CreateClient} takes beside the transport. */
export interface ClientOptions {
  /** How long a unary call may take in ms when neither the call nor its contract says: 30,000. Streams have no limit. */
  readonly timeoutMs?: number
  /** Sent with every call. */
  readonly metadata?: MetadataInit
  /** Wraps every call, the first being the outermost; the same functions that servers use. */
  readonly use?: readonly AnyMiddleware[]
  /** Retries of what is idempotent or certainly never ran; `false` for none. */
  readonly retry?: Partial<RetryPolicy> | false
}

/** When and how often a call is tried again. */
export interface RetryPolicy {
  /** Attempts in all: 4. */
  readonly attempts: number
  /** The first pause in ms: 100. It doubles with each attempt, ± 20 %. */
  readonly initialBackoffMs: number
  /** The longest pause in ms: 1,000. */
  readonly maxBackoffMs: number
  /** Retries are spent from a bucket of so many tokens: 10. Under half of it nothing is retried. */
  readonly maxTokens: number
  /** What each success puts back: 0.1. */
  readonly tokenRatio: number
}

/** @see https://github.com/grpc/proposal/blob/master/A6-client-retries.md */
export const defaultRetry: RetryPolicy = {
  attempts: 4,
  initialBackoffMs: 100,
  maxBackoffMs: 1_000,
  maxTokens: 10,
  tokenRatio: 0.1,
}
