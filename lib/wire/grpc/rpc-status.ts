import { RpcError } from '../../core/errors.ts'
import { statusOfNumber, type ErrorCode } from '../../core/status.ts'
import { decodeStruct, decodeValue, encodeStruct, encodeValue } from './google-value.ts'
import { bytesField, protoFields, varintField } from './proto-bytes.ts'

const prefix = 'type.googleapis.com/'
const errorInfo = `${prefix}google.rpc.ErrorInfo`
const struct = `${prefix}google.protobuf.Struct`
const valueType = `${prefix}google.protobuf.Value`

/**
 * What `grpc-status-details-bin` carries of a failure: a google.rpc.Status whose details are an ErrorInfo (our reason,
 * the service as its domain) and, behind it, the error's details as a Struct or a Value. Undefined where status and
 * message say everything. @see https://github.com/googleapis/googleapis/blob/master/google/rpc/status.proto
 */
export function encodeStatusDetails(error: RpcError, domain: string): Buffer | undefined {
  const { reason, details, retryable, code } = error
  const isUsual = retryable === (code === 'UNAVAILABLE')
  if (reason === undefined && details === undefined && isUsual) return undefined
  const info = [bytesField(1, reason ?? ''), bytesField(2, domain)]
  if (!isUsual)
    info.push(bytesField(3, Buffer.concat([bytesField(1, 'retryable'), bytesField(2, String(retryable))])))
  const status = [
    varintField(1, error.status),
    bytesField(2, error.message),
    any(errorInfo, Buffer.concat(info)),
  ]
  if (isObject(details)) status.push(any(struct, encodeStruct(details)))
  else if (details !== undefined) status.push(any(valueType, encodeValue(details)))
  return Buffer.concat(status)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function any(type: string, value: Buffer): Buffer {
  return bytesField(3, Buffer.concat([bytesField(1, type), bytesField(2, value)]))
}

/** The failure that status, message and details say; details that cannot be read are left out: the status is enough. */
export function decodeStatus(number: number, message: string, details: Buffer | undefined): RpcError {
  const status = statusOfNumber(number)
  const code: ErrorCode = status === 'OK' ? 'UNKNOWN' : status
  try {
    return new RpcError(code, message, details ? readDetails(details) : {})
  } catch (cause) {
    return new RpcError(code, message, { cause })
  }
}

interface Details {
  reason?: string
  details?: unknown
  retryable?: boolean
}

function readDetails(bytes: Buffer): Details {
  const found: Details = {}
  for (const { number, bytes: one } of protoFields(bytes)) {
    if (number !== 3 || one === undefined) continue
    let type = ''
    let value: Buffer = Buffer.alloc(0)
    for (const field of protoFields(one)) {
      if (field.number === 1) type = String(field.bytes)
      else if (field.number === 2 && field.bytes) value = field.bytes
    }
    if (type === errorInfo) Object.assign(found, readInfo(value))
    else if (type === struct) found.details = decodeStruct(value)
    else if (type === valueType) found.details = decodeValue(value)
  }
  return found
}

function readInfo(bytes: Buffer): Details {
  const info: Details = {}
  for (const { number, bytes: field } of protoFields(bytes)) {
    if (field === undefined) continue
    if (number === 1 && field.length > 0) info.reason = field.toString()
    if (number !== 3) continue
    const entry = new Map([...protoFields(field)].map((part) => [part.number, String(part.bytes)]))
    if (entry.get(1) === 'retryable') info.retryable = entry.get(2) === 'true'
  }
  return info
}
