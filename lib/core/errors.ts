import type { TSchema } from '@sinclair/typebox'
import { isErrorCode, statusNumber, type ErrorCode } from './status.ts'
import type { Given, Taken } from './schema/view.ts'

/** What an {@link RpcError} may carry beside its code and message. */
export interface RpcErrorOptions {
  /** The declared error's name, or `VALIDATION` for a failed check. */
  readonly reason?: string | undefined
  /** JSON that explains the failure to a program. */
  readonly details?: unknown
  /** Whether calling again may help; without it, UNAVAILABLE is retryable and nothing else. */
  readonly retryable?: boolean | undefined
  /** What brought it about; stays on this side of the wire. */
  readonly cause?: unknown
}

/** A failure that crosses the wire: one of the 16 gRPC codes, a message, and what explains it. */
export class RpcError extends Error {
  readonly code: ErrorCode
  readonly reason: string | undefined
  readonly details: unknown
  readonly retryable: boolean

  constructor(code: ErrorCode, message: string, options: RpcErrorOptions = {}) {
    super(message, options)
    this.name = 'RpcError'
    this.code = code
    this.reason = options.reason
    this.details = options.details
    this.retryable = options.retryable ?? code === 'UNAVAILABLE'
  }

  /** The code's number on the wire. */
  get status(): number {
    return statusNumber(this.code)
  }
}

/** One declared error: its code, its default message and the schema of its details. */
export interface ErrorDeclaration {
  readonly code: ErrorCode
  readonly message?: string
  readonly details?: TSchema
  readonly retryable?: boolean
}

/** A method's declared errors by name; the name travels as the error's `reason`. */
export interface ErrorTable {
  readonly [reason: string]: ErrorDeclaration
}

type DetailsGiven<D> = D extends { details: infer S extends TSchema } ? [details: Given<S>] : []
type DetailsTaken<D> = D extends { details: infer S extends TSchema } ? Taken<S, 'wire'> : unknown

/** `ctx.errors`: one function for each declared error, which makes it. */
export type ErrorFactories<E> = {
  readonly [R in keyof E]: (...args: [...DetailsGiven<E[R]>, message?: string]) => RpcError
}

/** A declared error as a client sees it; a union over the table, told apart by `reason`. */
export type DeclaredError<E, R extends keyof E = keyof E> = R extends string
  ? RpcError & { readonly reason: R; readonly details: DetailsTaken<E[R]> }
  : never

/** Anything that a method's error table can be read from: a client's method, a contract's method. */
export interface HasErrors<E> {
  readonly errors?: E
}

/**
 * Whether `error` is an RpcError and, with a reason, that declared error.
 * The third argument is a witness for types only: the client's (or contract's) method, whose declaration types `details`.
 * @example if (isRpcError(e, 'OUT_OF_STOCK', client.shop.buy)) console.log(e.details.left)
 */
export function isRpcError(error: unknown): error is RpcError
export function isRpcError<E extends ErrorTable, R extends keyof E & string>(
  error: unknown,
  reason: R,
  of: HasErrors<E>,
): error is DeclaredError<E, R>
export function isRpcError<R extends string>(
  error: unknown,
  reason: R,
): error is RpcError & { readonly reason: R }
export function isRpcError(error: unknown, reason?: string): boolean {
  // By shape beside instanceof, so that two copies of the package in one bundle still understand each other.
  const ours =
    error instanceof RpcError ||
    (error instanceof Error && error.name === 'RpcError' && 'code' in error && isErrorCode(error.code))
  return ours && (reason === undefined || (error as RpcError).reason === reason)
}

/** The masked error that stands on the wire for anything thrown that is no RpcError. */
export function toRpcError(thrown: unknown): RpcError {
  return isRpcError(thrown) ? thrown : new RpcError('INTERNAL', 'internal error', { cause: thrown })
}
