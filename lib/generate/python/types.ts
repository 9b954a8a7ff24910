import { refOf, type JsonSchema } from '../../core/schema/json-schema.ts'
import { ownType } from '../client/values.ts'
import { identityOf, scopeOf, type Scope } from '../json-schema/identity.ts'
import { isAutomaticId, pascalCase } from '../json-schema/names.ts'
import { className, createClassNames, pythonName, refuseClashes } from './names.ts'
import { pythonString, pythonValue } from './text.ts'

/** A type of Python, and what reads and writes its values. */
export interface PythonType {
  readonly type: string
  readonly codec: string
  readonly mayBeNone: boolean
  /** The class that it is. */
  readonly made?: PythonClass
}

/** A field of a class. */
export interface PythonField extends PythonType {
  readonly key: string
  readonly name: string
  readonly isRequired: boolean
  readonly doc: string | undefined
  /** What it is when it is left out, in JSON form. */
  readonly value?: unknown
}

/** A class of messages. */
export interface PythonClass {
  readonly name: string
  readonly doc: string | undefined
  fields: readonly PythonField[]
  /** What other properties are, where they are kept. */
  others: PythonType | undefined
}

/** A name for what is no class. */
export interface PythonAlias {
  readonly name: string
  readonly doc: string | undefined
  made: PythonType
}

/** Where a schema stands. */
export interface PythonPlace {
  /** What a class is called there that has no name. */
  readonly name: string
  readonly service: string
  readonly place: string
}

/** Finds the types of schemas, a class or a name for each that has one. */
export interface TypeFinder {
  typeOf(schema: object, place: PythonPlace): PythonType
  /** Takes a name that no class has. */
  readonly take: (...wanted: readonly string[]) => string
  readonly classes: readonly PythonClass[]
  readonly aliases: readonly PythonAlias[]
}

interface Position extends PythonPlace {
  readonly scope: Scope
}

const any: PythonType = { type: 'Any', codec: '_v.ANY', mayBeNone: true }
const plain: Readonly<Record<string, PythonType>> = {
  string: { type: 'str', codec: '_v.STR', mayBeNone: false },
  integer: { type: 'int', codec: '_v.INT', mayBeNone: false },
  number: { type: 'float', codec: '_v.FLOAT', mayBeNone: false },
  boolean: { type: 'bool', codec: '_v.BOOL', mayBeNone: false },
  null: { type: 'None', codec: '_v.NONE', mayBeNone: true },
}
const own = {
  DateTime: { type: '_dt.datetime', codec: '_v.DATE_TIME', mayBeNone: false },
  BigInt: { type: 'int', codec: '_v.BIG_INT', mayBeNone: false },
  Bytes: { type: 'bytes', codec: '_v.BYTES', mayBeNone: false },
}

/** Begins with no classes. */
export function createTypeFinder(): TypeFinder {
  const take = createClassNames()
  const classes: PythonClass[] = []
  const aliases: PythonAlias[] = []
  const named = new Map<string, PythonType>()

  const find = (schema: JsonSchema, at: Position): PythonType => {
    const ref = refOf(schema)
    if (ref !== undefined) {
      const target = at.scope.get(ref)
      if (target) return withName(target, ref, at)
      throw new TypeError(
        `${at.place}: $ref "${ref}" points at no schema; put the one with that $id around it`,
      )
    }
    return schema.$id === undefined && !isClass(schema) ? bare(schema, at) : withName(schema, schema.$id, at)
  }
  /** What has a name, or is a class and so needs one: the same schema is the same class wherever it stands. */
  const withName = (schema: JsonSchema, id: string | undefined, at: Position): PythonType => {
    const isNamed = id !== undefined && !isAutomaticId(id)
    const key = `${isNamed ? id : ''}\n${identityOf(schema, at.scope)}`
    const known = named.get(key)
    if (known) return known
    const wanted = isNamed ? className(id) : at.name
    const name = take(wanted, className(pascalCase(at.service) + wanted))
    const doc = (schema as { readonly description?: string }).description
    if (isClass(schema)) {
      const made: PythonClass = { name, doc, fields: [], others: undefined }
      classes.push(made)
      // Before its fields, which may hold it.
      const type = { type: name, codec: `_v.Of(${name})`, mayBeNone: false, made }
      named.set(key, type)
      fill(made, schema, at)
      return type
    }
    const alias: PythonAlias = { name, doc, made: any }
    aliases.push(alias)
    named.set(key, { type: name, codec: `_v.Lazy(lambda: _${name})`, mayBeNone: false })
    alias.made = bare(schema, isNamed ? { ...at, name } : at)
    const type = { ...named.get(key)!, mayBeNone: alias.made.mayBeNone }
    named.set(key, type)
    return type
  }
  const fill = (made: PythonClass, schema: JsonSchema, at: Position): void => {
    const { properties, required, additionalProperties: others } = merged(schema, at.scope)
    refuseClashes(
      Object.keys(properties),
      pythonName,
      (one, two) => `${at.place}: properties ${pythonString(one)} and ${pythonString(two)}`,
    )
    made.fields = Object.entries(properties).map(([key, one]) => {
      const { default: value, description: doc } = one as JsonSchema & { readonly description?: string }
      const type = find(one, { ...at, name: made.name + pascalCase(key), place: `${at.place}/${key}` })
      const isRequired = required.has(key) && value === undefined
      return { ...type, key, name: pythonName(key), isRequired, doc, ...(value !== undefined && { value }) }
    })
    if (others === true) made.others = any
    else if (typeof others === 'object') made.others = find(others, { ...at, name: `${made.name}Value` })
  }
  const bare = (schema: JsonSchema, at: Position): PythonType => {
    const { type, anyOf, items, const: value, patternProperties, additionalProperties } = schema
    const { enum: values, nullable } = schema as {
      readonly enum?: readonly unknown[]
      readonly nullable?: boolean
    }
    if (nullable === true)
      return union([bare({ ...schema, nullable: false } as JsonSchema, at), plain['null']!])
    const kind = ownType(schema)
    if (kind) return own[kind]
    if (value !== undefined) return literal([value])
    if (values) return literal(values)
    if (anyOf?.every((one) => one.const !== undefined && one.$id === undefined))
      return literal(anyOf.map((one) => one.const))
    if (anyOf)
      return union(
        anyOf.map((one, i) => find(one, { ...at, name: `${at.name}${i + 1}`, place: `${at.place}/${i}` })),
      )
    if (Array.isArray(type)) return union((type as string[]).map((one) => bare({ ...schema, type: one }, at)))
    if (type === 'array') return array(items, schema, at)
    if (type === 'object') {
      const [pattern] = Object.values(patternProperties ?? {})
      const others = pattern ?? (typeof additionalProperties === 'object' ? additionalProperties : undefined)
      const inner = others ? find(others, { ...at, name: `${at.name}Value`, place: `${at.place}/*` }) : any
      return { type: `dict[str, ${inner.type}]`, codec: `_v.Values(${inner.codec})`, mayBeNone: false }
    }
    return plain[type as string] ?? any
  }
  const array = (items: JsonSchema['items'], schema: JsonSchema, at: Position): PythonType => {
    const { maxItems } = schema as { readonly maxItems?: number }
    const isTuple = Array.isArray(items) || (items === undefined && maxItems === 0)
    if (isTuple) {
      const all = ((items ?? []) as readonly JsonSchema[]).map((one, i) =>
        find(one, { ...at, name: `${at.name}${i + 1}`, place: `${at.place}/${i}` }),
      )
      const types = all.length === 0 ? '()' : all.map((one) => one.type).join(', ')
      return {
        type: `tuple[${types}]`,
        codec: `_v.Fixed(${all.map((one) => one.codec).join(', ')})`,
        mayBeNone: false,
      }
    }
    const item = items
      ? find(items as JsonSchema, { ...at, name: `${at.name}Item`, place: `${at.place}/*` })
      : any
    return { type: `list[${item.type}]`, codec: `_v.Items(${item.codec})`, mayBeNone: false }
  }
  return {
    classes,
    aliases,
    take,
    typeOf: (schema, place) => find(schema, { ...place, scope: scopeOf(schema) }),
  }
}

function literal(values: readonly unknown[]): PythonType {
  const codec = `_v.Const(${values.map(pythonValue).join(', ')})`
  const isPlain = (one: unknown): boolean =>
    typeof one === 'string' || typeof one === 'boolean' || Number.isSafeInteger(one)
  const types = [
    ...(values.some(isPlain) ? [`Literal[${values.filter(isPlain).map(pythonValue).join(', ')}]`] : []),
    ...values.flatMap((one) =>
      isPlain(one) ? [] : one === null ? ['None'] : typeof one === 'number' ? ['float'] : ['Any'],
    ),
  ]
  return { type: [...new Set(types)].join(' | '), codec, mayBeNone: values.includes(null) }
}

function union(branches: readonly PythonType[]): PythonType {
  const types = [...new Set(branches.map(({ type }) => type))]
  return {
    // None stands last, as people write it.
    type: [...types.filter((type) => type !== 'None'), ...types.filter((type) => type === 'None')].join(
      ' | ',
    ),
    codec:
      branches.length === 1
        ? branches[0]!.codec
        : `_v.OneOf(${branches.map(({ codec }) => codec).join(', ')})`,
    mayBeNone: branches.some(({ mayBeNone }) => mayBeNone),
  }
}

/** Whether values of a schema are objects with properties of their own. */
function isClass(schema: JsonSchema): boolean {
  const { type, properties, allOf, anyOf } = schema
  if (allOf && !anyOf)
    return allOf.every((one) => isClass(one) || one.type === 'object' || one.$ref !== undefined)
  return type === 'object' && properties !== undefined && Object.keys(properties).length > 0
}

interface Merged {
  readonly properties: Readonly<Record<string, JsonSchema>>
  readonly required: ReadonlySet<string>
  readonly additionalProperties: boolean | JsonSchema | undefined
}

/** The properties of an object, or of all that an intersection holds. */
function merged(schema: JsonSchema, scope: Scope): Merged {
  const parts = (schema.allOf ?? []).map((one) => merged(scope.get(refOf(one) ?? '') ?? one, scope))
  const { properties = {}, required = [], additionalProperties } = schema
  return {
    properties: Object.assign({}, ...parts.map((one) => one.properties), properties) as Merged['properties'],
    required: new Set([...parts.flatMap((one) => [...one.required]), ...required]),
    additionalProperties:
      additionalProperties ?? parts.find((one) => one.additionalProperties)?.additionalProperties,
  }
}
