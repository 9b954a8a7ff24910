import { isBytes, mapSchema, refOf, type JsonSchema } from './json-schema.ts'
import { oneofsOf } from './oneofs.ts'
import { withAnyKey } from './record.ts'
import { tagOf } from './tagged.ts'

/** Named schemas, each in the form that ajv compiles. */
export type Definitions = Readonly<Record<string, JsonSchema>>

/** A schema made ready for ajv. */
export interface Prepared {
  readonly schema: JsonSchema
  readonly definitions: Definitions
}

const objectNames = new Set(Object.getOwnPropertyNames(Object.prototype))

/**
 * Makes a schema ready for ajv: symbols, `$id`s and defaults away, and what is referred to by name moved into one
 * table of definitions, so that the same `$id` may stand in many schemas and many times in one.
 * Throws for names and formats that cannot be checked.
 */
export function prepareSchema(root: JsonSchema, knowsFormat: (format: string) => boolean): Prepared {
  const refs = refsIn(root)
  const definitions: Record<string, JsonSchema> = {}
  const schema = mapSchema(root, (one, before) => {
    const { $id, $defs: _defs, default: _default, ...rest } = one
    checkNames(one, knowsFormat)
    const ref = refOf(one)
    if (ref !== undefined) return { $ref: `#/$defs/${ref}` }
    const { patternProperties } = rest
    const keyed = patternProperties ? { ...rest, patternProperties: withAnyKey(patternProperties) } : rest
    const oneofs = oneofsOf(before)
    const checked = oneofs ? { ...keyed, oneofs } : keyed
    const plain = isBytes(one) ? ({ bytes: true } as JsonSchema) : byTag(checked, definitions)
    if ($id === undefined || !refs.has($id)) return plain
    definitions[$id] = plain
    return { $ref: `#/$defs/${$id}` }
  })
  for (const ref of refs) {
    if (!definitions[ref])
      throw new TypeError(`$ref "${ref}" points at no schema; put the one with that $id around it`)
  }
  return { schema, definitions }
}

/**
 * A union whose branches a tag tells apart, as ajv is to see it: the tag first, then the branch that it names.
 * As a plain `anyOf` every branch would be tried, and the failure would be told of whichever came first.
 */
function byTag(schema: JsonSchema, definitions: Definitions): JsonSchema {
  const { anyOf, ...rest } = schema
  const tag =
    anyOf && tagOf(anyOf.map((branch) => definitions[branch.$ref?.slice('#/$defs/'.length) ?? ''] ?? branch))
  if (!tag) return schema
  const named = tag.values.map((value, i) => ({
    if: { properties: { [tag.key]: { const: value } } },
    // oxlint-disable-next-line unicorn/no-thenable -- JSON Schema's own word
    then: anyOf[i],
  }))
  const hasTag = { type: 'object', required: [tag.key], properties: { [tag.key]: { enum: tag.values } } }
  return { ...rest, allOf: [hasTag, ...named] as readonly JsonSchema[] }
}

function checkNames(schema: JsonSchema, knowsFormat: (format: string) => boolean): void {
  for (const key of Object.keys(schema.properties ?? {})) {
    if (objectNames.has(key))
      throw new TypeError(`property "${key}" has a name that every object inherits; choose another`)
  }
  if (schema.format !== undefined && !knowsFormat(schema.format)) {
    throw new TypeError(
      `unknown format "${schema.format}"; use one of ajv-formats, or Type.String({ pattern })`,
    )
  }
}

function refsIn(schema: JsonSchema): ReadonlySet<string> {
  const refs = new Set<string>()
  mapSchema(schema, (one) => {
    const ref = refOf(one)
    if (ref !== undefined) refs.add(ref)
    return one
  })
  return refs
}
