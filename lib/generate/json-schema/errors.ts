import { isErrorCode, statusOfNumber } from '../../core/status.ts'
import type { Components } from './components.ts'
import type { JsonObject } from './keywords.ts'
import { pascalCase } from './names.ts'
import type { ApiError, NamedMethod } from './source.ts'

/** Every code of a failure, in the order of their numbers. */
const codes = Array.from({ length: 17 }, (_, number) => statusOfNumber(number)).filter(isErrorCode)

/** A failure as the wire has it, whatever it is. */
export function anyError(components: Components): JsonObject {
  return components.fixed('RpcError', () => ({
    type: 'object',
    description: 'A call that failed.',
    required: ['error', 'code', 'status_code', 'retryable'],
    properties: {
      error: { type: 'string', description: 'What happened, for people.' },
      code: { type: 'string', enum: codes, description: "gRPC's name for this kind of failure." },
      status_code: { type: 'integer', minimum: 1, maximum: codes.length, description: "The code's number." },
      reason: { type: 'string', description: 'What happened, for programs: the name of a declared error.' },
      details: { description: 'What explains it to a program; its shape follows from the reason.' },
      retryable: { type: 'boolean', description: 'Whether calling again may help.' },
    },
  }))
}

/** The failure of a message that its schema forbids. */
export function validationError(components: Components): JsonObject {
  return components.fixed('ValidationError', () => ({
    description: 'A message that its schema forbids.',
    ...narrowed(components, 'VALIDATION', {
      code: 'INVALID_ARGUMENT',
      details: {
        type: 'object',
        required: ['pointer', 'keyword', 'message'],
        properties: {
          pointer: { type: 'string', description: 'Where in the message, as a JSON pointer (RFC 6901).' },
          keyword: { type: 'string', description: 'The keyword of JSON Schema that failed.' },
          message: { type: 'string' },
        },
      },
    }),
  }))
}

/** An error that a method declares, with its code, its reason and its details. */
export function declaredError(
  components: Components,
  { service, name: method }: NamedMethod,
  reason: string,
  error: ApiError,
): JsonObject {
  const name = errorName(reason)
  // The same table stands in many methods: each error is described once, by what its details are.
  const { code, message, details: schema } = error
  const identity = JSON.stringify([reason, code, message, schema])
  return components.shared({ name, service, identity }, () => {
    const details = schema && components.part(schema, { service, method, part: `${name}Details` })
    return {
      description: message ?? `The error ${reason}.`,
      ...narrowed(components, reason, { code, ...(details && { details }) }),
    }
  })
}

function narrowed(
  components: Components,
  reason: string,
  { code, details }: { readonly code: string; readonly details?: JsonObject },
): JsonObject {
  return {
    allOf: [
      anyError(components),
      {
        type: 'object',
        required: ['code', 'reason', ...(details ? ['details'] : [])],
        properties: { code: { const: code }, reason: { const: reason }, ...(details && { details }) },
      },
    ],
  }
}

function errorName(reason: string): string {
  const name = pascalCase(reason)
  return name.endsWith('Error') ? name : `${name}Error`
}
