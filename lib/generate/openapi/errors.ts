import { httpStatus, type ErrorCode } from '../../core/status.ts'
import type { Components } from '../json-schema/components.ts'
import { anyError, declaredError, validationError } from '../json-schema/errors.ts'
import type { JsonObject } from '../json-schema/keywords.ts'
import type { NamedMethod } from '../json-schema/source.ts'

// The server answers these with statuses of their own, whoever has declared them.
const byReason: Readonly<Record<string, number>> = {
  'UNIMPLEMENTED UNKNOWN_METHOD': 404,
  'RESOURCE_EXHAUSTED TOO_LARGE': 413,
  'INVALID_ARGUMENT UNSUPPORTED_MEDIA_TYPE': 415,
  'RESOURCE_EXHAUSTED TOO_MANY_HEADERS': 431,
  'RESOURCE_EXHAUSTED METADATA_TOO_LARGE': 431,
}

/** The HTTP status that a declared error is answered with. */
export function statusOfDeclared(code: ErrorCode, reason: string): number {
  return byReason[`${code} ${reason}`] ?? httpStatus(code)
}

const refTo = (name: string): JsonObject => ({ $ref: `#/components/responses/${name}` })

/** The answers to calls that fail: of a bad message, of each error that the method declares, and of all others. */
export function failureResponses(
  components: Components,
  method: NamedMethod,
  isSecured: boolean,
): Record<string, JsonObject> {
  const byStatus = new Map<number, (readonly [reason: string, schema: JsonObject])[]>()
  for (const [reason, error] of Object.entries(method.errors)) {
    const status = statusOfDeclared(error.code, reason)
    const schema = declaredError(components, method, reason, error)
    byStatus.set(status, [...(byStatus.get(status) ?? []), [reason, schema]])
  }
  const declared = [...byStatus].map(([status, errors]) => [
    String(status),
    {
      description: `${status === 400 ? 'The message is wrong, or: ' : ''}${errors.map(([reason]) => reason).join(', ')}.`,
      content: jsonOf({
        anyOf: [
          ...(status === 400 ? [validationError(components)] : []),
          ...errors.map(([, schema]) => schema),
          // A handler may fail with the same code and say nothing more.
          anyError(components),
        ],
      }),
    },
  ])
  return {
    400: refTo('BadRequest'),
    ...(isSecured && { 401: refTo('Unauthenticated') }),
    ...Object.fromEntries(declared),
    default: refTo('Failure'),
  }
}

/** What many methods answer with when they fail. */
export function commonResponses(components: Components): Record<string, JsonObject> {
  return {
    BadRequest: {
      description: 'The message is wrong: it is no JSON, or its schema forbids it.',
      content: jsonOf({ anyOf: [validationError(components), anyError(components)] }),
    },
    Unauthenticated: { description: 'Nobody knows who calls.', content: jsonOf(anyError(components)) },
    Failure: { description: 'The call failed.', content: jsonOf(anyError(components)) },
  }
}

/** The content of an answer in JSON. */
export function jsonOf(schema: JsonObject): JsonObject {
  return { 'application/json': { schema } }
}
