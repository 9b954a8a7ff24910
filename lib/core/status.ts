/**
 * The one table of status codes: name, number on the wire, HTTP status.
 * @see https://grpc.io/docs/guides/status-codes/
 */
const table = {
  OK: [0, 200],
  CANCELLED: [1, 499],
  UNKNOWN: [2, 500],
  INVALID_ARGUMENT: [3, 400],
  DEADLINE_EXCEEDED: [4, 504],
  NOT_FOUND: [5, 404],
  ALREADY_EXISTS: [6, 409],
  PERMISSION_DENIED: [7, 403],
  RESOURCE_EXHAUSTED: [8, 429],
  FAILED_PRECONDITION: [9, 400],
  ABORTED: [10, 409],
  OUT_OF_RANGE: [11, 400],
  UNIMPLEMENTED: [12, 501],
  INTERNAL: [13, 500],
  UNAVAILABLE: [14, 503],
  DATA_LOSS: [15, 500],
  UNAUTHENTICATED: [16, 401],
} as const

/** The name of a status, success included. */
export type Status = keyof typeof table

/** The name of a failure: one of gRPC's 16 codes. */
export type ErrorCode = Exclude<Status, 'OK'>

const names = Object.keys(table) as Status[]

/** The status's number, as gRPC and the envelope's `status_code` carry it. */
export function statusNumber(status: Status): number {
  return table[status][0]
}

/** The HTTP status that answers for this code. */
export function httpStatus(status: Status): number {
  return table[status][1]
}

/** The name behind a status number; what is not in the table is UNKNOWN. */
export function statusOfNumber(value: number): Status {
  return names[value] ?? 'UNKNOWN'
}

/** Whether a string from the wire names a failure that we know. */
export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && value !== 'OK' && Object.hasOwn(table, value)
}
