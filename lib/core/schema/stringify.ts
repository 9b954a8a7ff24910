import fastJson from 'fast-json-stringify'
import { isBytes, mapSchema, type JsonSchema } from './json-schema.ts'

/**
 * Compiles the JSON writer of a schema. Where the schema says what stands in a place, fast-json-stringify writes it;
 * elsewhere (unions, references, anything) JSON.stringify does, so that both always write the same JSON.
 * `toJson` writes bytes as text first, where the schema has any.
 */
export function compileStringify(
  schema: JsonSchema,
  toJson: ((value: unknown) => unknown) | undefined,
): (value: unknown) => string {
  const write = compileWriter(schema)
  return toJson ? (value) => write(toJson(value)) : write
}

function compileWriter(schema: JsonSchema): (value: unknown) => string {
  const plain = mapSchema(schema, known)
  // Only an object with properties is worth compiling; everything else is JSON.stringify anyway.
  if (plain.type !== 'object' || !plain.properties) return JSON.stringify
  try {
    return fastJson(plain as Parameters<typeof fastJson>[0])
  } catch {
    // In an environment that forbids generated code. Slower, the same text.
    return JSON.stringify
  }
}

/** Keeps what fast-json-stringify writes exactly as JSON.stringify would; `{}` makes it call JSON.stringify. */
function known(schema: JsonSchema): JsonSchema {
  if (isBytes(schema)) return { type: 'string' }
  switch (schema.type) {
    case 'string':
    case 'boolean':
    case 'null':
      return { type: schema.type }
    case 'integer':
    case 'number':
      // Its integer writer truncates and its number writer knows no difference: the check came before.
      return { type: 'number' }
    case 'array':
      return Array.isArray(schema.items) || !schema.items ? {} : { type: 'array', items: schema.items }
    case 'object':
      return object(schema)
    default:
      return {}
  }
}

function object(schema: JsonSchema): JsonSchema {
  const keepsOthers = schema.additionalProperties !== undefined && schema.additionalProperties !== false
  if (!schema.properties || keepsOthers || schema.patternProperties) return {}
  return { type: 'object', properties: schema.properties, required: schema.required ?? [] }
}
