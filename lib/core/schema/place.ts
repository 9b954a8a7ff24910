import { refOf, type JsonSchema } from './json-schema.ts'

/** A place in a value, and what the schemas that may speak of it say of what stands there. */
export interface Place {
  /** Whether it is marked `sensitive: true`. */
  readonly isSensitive: boolean
  /** Whether something sensitive may stand there or within. */
  readonly holds: boolean
  /** Where a key leads; undefined where no schema knows it. */
  at(key: string): Place | undefined
  /** Where an index leads; undefined where no schema has an item there. */
  item(index: number): Place | undefined
  /** Whether a value that holds no others fits in. */
  takes(value: unknown): boolean
}

/** The place of a whole value. */
export function placeOf(root: JsonSchema): Place {
  const named = new Map<string, JsonSchema[]>()
  const name = (key: string | undefined, schema: JsonSchema): void => {
    if (key !== undefined) named.set(key, [...(named.get(key) ?? []), schema])
  }
  for (const schema of schemasIn(root)) {
    name(schema.$id, schema)
    for (const [key, definition] of Object.entries(schema.$defs ?? {})) name(key, definition)
  }
  return new SchemaPlace([root], named)
}

function isMarked(schema: JsonSchema): boolean {
  return schema.sensitive === true
}

// A class because inner places are made when first entered, from three pieces of shared state: what holds itself has no end.
class SchemaPlace implements Place {
  private readonly schemas: readonly JsonSchema[]
  private readonly named: ReadonlyMap<string, readonly JsonSchema[]>
  private readonly inner = new Map<string, Place | undefined>()
  readonly isSensitive: boolean
  readonly holds: boolean

  constructor(roots: readonly JsonSchema[], named: SchemaPlace['named']) {
    this.named = named
    this.schemas = this.expanded(roots)
    this.isSensitive = this.schemas.some(isMarked)
    this.holds = this.isSensitive || this.reaches()
  }

  /** With the branches of unions and intersections, and what is referred to. */
  private expanded(roots: readonly JsonSchema[]): readonly JsonSchema[] {
    const found = new Set<JsonSchema>()
    const add = (schema: JsonSchema): void => {
      if (found.has(schema)) return
      found.add(schema)
      for (const branch of branchesOf(schema)) add(branch)
      const ref = refOf(schema)
      for (const target of (ref !== undefined && this.named.get(ref)) || []) add(target)
    }
    roots.forEach(add)
    return [...found]
  }

  private reaches(): boolean {
    const seen = new Set<JsonSchema>()
    const rest = [...this.schemas]
    for (let schema = rest.pop(); schema; schema = rest.pop()) {
      if (seen.has(schema)) continue
      seen.add(schema)
      if (isMarked(schema)) return true
      const ref = refOf(schema)
      rest.push(...partsOf(schema), ...((ref !== undefined && this.named.get(ref)) || []))
    }
    return false
  }

  at(key: string): Place | undefined {
    const isNamed = this.schemas.some(({ properties }) => properties && Object.hasOwn(properties, key))
    // Keys of a record are the caller's, without end, and all lead to the same.
    return this.known(isNamed ? `.${key}` : '.', (schema) => propertyOf(schema, key))
  }

  item(index: number): Place | undefined {
    const isNamed = this.schemas.some(({ items }) => isList(items) && index < items.length)
    return this.known(isNamed ? `[${index}` : '[', (schema) => itemOf(schema, index))
  }

  private known(name: string, find: (schema: JsonSchema) => readonly JsonSchema[]): Place | undefined {
    if (this.inner.has(name)) return this.inner.get(name)
    const schemas = this.schemas.flatMap(find)
    const place = schemas.length > 0 ? new SchemaPlace(schemas, this.named) : undefined
    this.inner.set(name, place)
    return place
  }

  takes(value: unknown): boolean {
    const type = value === null ? 'null' : typeof value
    return this.schemas.some(
      (schema) =>
        schema.const === value || schema.type === type || (type === 'number' && schema.type === 'integer'),
    )
  }
}

function propertyOf(schema: JsonSchema, key: string): readonly JsonSchema[] {
  const { properties, patternProperties, additionalProperties } = schema
  if (properties && Object.hasOwn(properties, key)) return [properties[key]!]
  if (patternProperties) return Object.values(patternProperties)
  if (typeof additionalProperties === 'object') return [additionalProperties]
  return additionalProperties === true ? [{}] : []
}

function itemOf({ items }: JsonSchema, index: number): readonly JsonSchema[] {
  if (items === undefined || !(index >= 0)) return []
  if (!isList(items)) return [items]
  const item = items[index]
  return item ? [item] : []
}

function isList(items: JsonSchema['items']): items is readonly JsonSchema[] {
  return Array.isArray(items)
}

interface OneOf {
  readonly oneOf?: readonly JsonSchema[]
}

function branchesOf(schema: JsonSchema): readonly JsonSchema[] {
  return [...(schema.anyOf ?? []), ...(schema.allOf ?? []), ...((schema as OneOf).oneOf ?? [])]
}

function partsOf(schema: JsonSchema): readonly JsonSchema[] {
  const { properties, patternProperties, additionalProperties, items, $defs } = schema
  return [
    ...branchesOf(schema),
    ...[properties, patternProperties, $defs].flatMap((table) => Object.values(table ?? {})),
    ...(typeof additionalProperties === 'object' ? [additionalProperties] : []),
    ...(items === undefined ? [] : isList(items) ? items : [items]),
  ]
}

function* schemasIn(root: JsonSchema): Generator<JsonSchema> {
  yield root
  for (const part of partsOf(root)) yield* schemasIn(part)
}
