import type { JsonObject } from '../json-schema/keywords.ts'
import { pascalCase } from '../json-schema/names.ts'

/** Metadata that the web knows under names of its own, and that the server reads there too. */
const plainNames: ReadonlySet<string> = new Set([
  'traceparent',
  'tracestate',
  'baggage',
  'x-request-id',
  'idempotency-key',
])

/**
 * The headers that every method takes, by the names of their components: the deadline, and the metadata that is told of.
 * Throws a TypeError for `authorization`, which is a matter of security.
 */
export function headerParameters(
  metadata: Readonly<Record<string, string>> = {},
): Record<string, JsonObject> {
  const entries = Object.entries(metadata).map(([given, description]) => {
    const key = given.toLowerCase()
    if (key === 'authorization')
      throw new TypeError(
        'metadata "authorization": OpenAPI takes it as a security scheme; use the options securitySchemes and security',
      )
    const header = plainNames.has(key) ? key : `X-MicroAPI-${key}`
    return [`Metadata${pascalCase(key)}`, parameter(header, description, { type: 'string' })]
  })
  const timeout = parameter('X-MicroAPI-timeout-ms', 'How long the call may take, in ms.', {
    type: 'integer',
    minimum: 0,
  })
  return { Timeout: timeout, ...Object.fromEntries(entries) }
}

function parameter(name: string, description: string, schema: JsonObject): JsonObject {
  return { name, in: 'header', description, required: false, schema }
}
