import { isBytes, refOf, type JsonSchema } from '../core/schema/json-schema.ts'

/** How deep objects without a name are shown; below stands `{ … }`. */
const deepest = 3

/** Keywords of which JsonSchema does not know. */
interface Words {
  readonly enum?: readonly unknown[]
  readonly 'x-microapi'?: string
}

/** The fields of a message, a line for each: `name: string`, `age?: integer = 0`. A union has a line for each branch. */
export function fieldLines(schema: JsonSchema): readonly string[] {
  const { $defs = {}, anyOf, allOf } = schema
  const named = $defs[refOf(schema) ?? '']
  if (named) return fieldLines(named)
  if (allOf) return allOf.flatMap((part) => fieldLines({ $defs, ...part }))
  if (anyOf) return anyOf.map((branch, i) => `${i === 0 ? '' : '| '}${schemaText({ ...branch, $id: '' })}`)
  return fieldsOf(schema, 0)
}

/** A schema on one line, named where it has a name: `string`, `City[]`, `'a' | 'b'`, `{ lat: number, lon: number }`. */
function schemaText(schema: JsonSchema & Words, depth = 0): string {
  const { $id, anyOf, allOf, items, type, format } = schema
  const ref = refOf(schema)
  if (ref !== undefined) return ref
  // What one gives to be read by people does not begin like TypeBox's own numbers, T0.
  if ($id && !/^T\d+$/.test($id)) return $id
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ')
  if (anyOf) return anyOf.map((branch) => schemaText(branch, depth)).join(' | ')
  if (allOf) return allOf.map((part) => schemaText(part, depth)).join(' & ')
  if (type === 'array') return arrayText(items, depth)
  if (type === 'object') return objectText(schema, depth)
  if (isBytes(schema)) return 'bytes'
  const { 'x-microapi': ours } = schema
  // Of a transform of the app's own JSON knows what goes into it.
  if (ours !== undefined && ours !== 'transform') return ours
  return format ?? (typeof type === 'string' ? type : 'any')
}

/** Every schema with a name that stands in another one, however deep, by name. */
export function namedSchemas(schema: JsonSchema): ReadonlyMap<string, JsonSchema> {
  const found = new Map<string, JsonSchema>()
  const visit = (one: JsonSchema): void => {
    for (const part of partsOf(one)) {
      if (part.$id && found.has(part.$id)) continue
      if (part.$id && part.type === 'object') found.set(part.$id, part)
      visit(part)
    }
    for (const [name, part] of Object.entries(one.$defs ?? {})) {
      if (found.has(name)) continue
      found.set(name, part)
      visit(part)
    }
  }
  visit(schema)
  return found
}

function partsOf({
  properties,
  patternProperties,
  items,
  anyOf,
  allOf,
  ...rest
}: JsonSchema): readonly JsonSchema[] {
  const rests = [rest.additionalProperties, ...[items].flat()]
  return [
    ...Object.values(properties ?? {}),
    ...Object.values(patternProperties ?? {}),
    ...(anyOf ?? []),
    ...(allOf ?? []),
    ...rests.filter((one): one is JsonSchema => typeof one === 'object'),
  ]
}

function fieldsOf(
  { properties = {}, required = [], patternProperties }: JsonSchema,
  depth: number,
): readonly string[] {
  const fields = Object.entries(properties).map(([name, schema]) => {
    const value = schema.default === undefined ? '' : ` = ${JSON.stringify(schema.default)}`
    return `${name}${required.includes(name) ? '' : '?'}: ${schemaText(schema, depth + 1)}${value}`
  })
  const others = Object.values(patternProperties ?? {}).map(
    (schema) => `[key]: ${schemaText(schema, depth + 1)}`,
  )
  return [...fields, ...others]
}

function objectText(schema: JsonSchema, depth: number): string {
  const fields = fieldsOf(schema, depth)
  if (fields.length === 0) return '{}'
  return depth >= deepest ? '{ … }' : `{ ${fields.join(', ')} }`
}

function arrayText(items: JsonSchema['items'], depth: number): string {
  if (items === undefined) return 'any[]'
  if (Array.isArray(items)) return `[${items.map((item) => schemaText(item, depth)).join(', ')}]`
  const each = schemaText(items as JsonSchema, depth)
  return / [|&] /.test(each) && !each.startsWith('{') ? `(${each})[]` : `${each}[]`
}
