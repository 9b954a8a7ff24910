import type { Components } from '../json-schema/components.ts'
import { anyError, declaredError, validationError } from '../json-schema/errors.ts'
import type { JsonObject } from '../json-schema/keywords.ts'
import type { NamedMethod } from '../json-schema/source.ts'

type Type = 'request' | 'response' | 'open' | 'stream_push' | 'stream_end'

const metadata = {
  type: 'object',
  description: 'String pairs beside the payload.',
  additionalProperties: { type: 'string' },
}
const id = { type: 'string', maxLength: 1_024, description: 'One for each call, on all its messages.' }

/** An envelope of a method's call, around its payload. */
export function callEnvelope(
  components: Components,
  type: 'request' | 'open',
  { service, name }: NamedMethod,
  payload?: { readonly schema: JsonObject; readonly isRequired: boolean },
): JsonObject {
  return around(envelope(components, type), {
    properties: {
      service: { const: service },
      method: { const: name },
      ...(payload && { payload: payload.schema }),
    },
    required: ['service', 'method', ...(payload?.isRequired ? ['payload'] : [])],
  })
}

/** An envelope of an answer, or of an item of a stream, around its payload. */
export function payloadEnvelope(
  components: Components,
  type: 'response' | 'stream_push',
  payload: JsonObject,
): JsonObject {
  return around(envelope(components, type), {
    properties: {
      payload,
      ...(type === 'response' && { error: { type: 'null' }, status_code: { const: 0 } }),
    },
    required: ['payload'],
  })
}

/** The envelope of a failure: any, or one that the method declares. */
export function failureEnvelope(components: Components, method: NamedMethod): JsonObject {
  const declared = Object.entries(method.errors).map(([reason, error]) =>
    declaredError(components, method, reason, error),
  )
  const failure = components.fixed('FailureEnvelope', () => ({
    description: 'The envelope of a call that failed.',
    allOf: [envelope(components, 'response'), anyError(components)],
  }))
  if (declared.length === 0) return failure
  return { allOf: [failure, { anyOf: [...declared, validationError(components), anyError(components)] }] }
}

/** The envelope that ends a stream, well or not. */
export function endEnvelope(components: Components): JsonObject {
  return {
    anyOf: [
      around(envelope(components, 'stream_end'), { properties: { error: { type: 'null' } } }),
      { allOf: [envelope(components, 'stream_end'), anyError(components)] },
    ],
  }
}

/** The envelope with which a server takes a stream. */
export function offerEnvelope(components: Components): JsonObject {
  return around(envelope(components, 'open'), {
    properties: { payload: { type: 'object', description: 'Where the stream goes on.' } },
    required: ['payload'],
  })
}

function envelope(components: Components, type: Type): JsonObject {
  const { name, description } = known[type]
  return components.fixed(name, () => ({
    type: 'object',
    description,
    required: ['type', 'id'],
    properties: {
      type: { const: type },
      service: { type: 'string' },
      method: { type: 'string' },
      id,
      payload: { description: 'The message.' },
      metadata,
    },
  }))
}

const known: Readonly<Record<Type, { readonly name: string; readonly description: string }>> = {
  request: { name: 'RequestEnvelope', description: 'The envelope of a message that is a call, or an event.' },
  response: { name: 'ResponseEnvelope', description: 'The envelope of an answer.' },
  open: {
    name: 'OpenEnvelope',
    description: 'The envelope that asks for a stream, and the one that takes it.',
  },
  stream_push: { name: 'ItemEnvelope', description: "The envelope of a stream's item." },
  stream_end: { name: 'EndEnvelope', description: 'The envelope that ends a stream.' },
}

function around(
  outer: JsonObject,
  {
    properties,
    required,
  }: { readonly properties: JsonObject; readonly required?: readonly string[] | undefined },
): JsonObject {
  return { allOf: [outer, { type: 'object', ...(required && { required }), properties }] }
}
