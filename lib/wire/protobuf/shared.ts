import { mapSchema, type JsonSchema } from '../../core/schema/json-schema.ts'

/** A message or enum that several places share by its `$id`; its full name as soon as it has one. */
export interface Share {
  readonly print: string
  fullName: string | undefined
}

/** What is shared in one package, by `$id`, or by the name that `proto` gives. */
export type Shared = Map<string, Share>

/** Finds what is shared under a name, or makes the place for it. Throws where two different schemas have the same `$id`. */
export function shareOf(
  shared: Shared,
  { name, schema, path }: { name: string; schema: JsonSchema; path: string },
): Share {
  const print = printOf(schema)
  const found = shared.get(name)
  if (!found) {
    const share: Share = { print, fullName: undefined }
    shared.set(name, share)
    return share
  }
  if (found.print !== print)
    throw new TypeError(`${path}: two different schemas have the $id "${name}"; give one of them another`)
  return found
}

interface Said extends JsonSchema {
  readonly protoField?: unknown
  readonly protoFieldOptions?: unknown
  readonly title?: unknown
  readonly description?: unknown
  readonly deprecated?: unknown
}

// What is said of the place where a schema stands makes no other schema of it.
function printOf(schema: JsonSchema): string {
  const { protoField: _number, protoFieldOptions: _options, ...own } = schema as Said
  const plain = (one: Said): JsonSchema => {
    const { title: _title, description: _words, deprecated: _old, default: _default, $id: _id, ...rest } = one
    return { ...rest, $defs: undefined } as unknown as JsonSchema
  }
  return JSON.stringify(mapSchema(own, plain))
}
