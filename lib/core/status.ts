/**
 * Every status, success included, in the order of its number on the wire.
 * @see https://grpc.io/docs/guides/status-codes/
 */
const statuses = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
] as const

/** The name of a status, success included. */
export type Status = (typeof statuses)[number]

/** The name of a failure: one of gRPC's 16 codes. */
export type ErrorCode = Exclude<Status, 'OK'>

/** The status's number, as gRPC and the envelope's `status_code` carry it; -1 for what is no status. */
export function statusNumber(status: Status): number {
  return statuses.indexOf(status)
}

/** The name behind a status number; what is not in the table is UNKNOWN. */
export function statusOfNumber(value: number): Status {
  return statuses[value] ?? 'UNKNOWN'
}

/** Whether a string from the wire names a failure that we know. */
export function isErrorCode(value: unknown): value is ErrorCode {
  return statuses.indexOf(value as Status) > 0
}

// A table of its own, which servers alone need: clients read the code that is named beside it.
const http: Readonly<Record<Status, number>> = {
  OK: 200,
  CANCELLED: 499,
  UNKNOWN: 500,
  INVALID_ARGUMENT: 400,
  DEADLINE_EXCEEDED: 504,
  NOT_FOUND: 404,
  ALREADY_EXISTS: 409,
  PERMISSION_DENIED: 403,
  RESOURCE_EXHAUSTED: 429,
  FAILED_PRECONDITION: 400,
  ABORTED: 409,
  OUT_OF_RANGE: 400,
  UNIMPLEMENTED: 501,
  INTERNAL: 500,
  UNAVAILABLE: 503,
  DATA_LOSS: 500,
  UNAUTHENTICATED: 401,
}

/** The HTTP status that answers for this code. */
export function httpStatus(status: Status): number {
  return http[status]
}
