import { refOf, type JsonSchema } from '../../core/schema/json-schema.ts'
import { identifier, upperFirst, type ModuleNames } from './names.ts'
import { shapeOf } from './shape.ts'
import { defaultCode, isOwnersTransform, jsonCode } from './values.ts'
import { arrow, call, object, options, quoted, type Code } from '../code-text.ts'
import { identityOf, scopeOf, type Scope } from '../json-schema/identity.ts'
import { isEmptyObject, keywords } from '../json-schema/keywords.ts'
import { componentName, isAutomaticId, pascalCase } from '../json-schema/names.ts'

/** A constant that is a schema, and the type beside it. */
export interface SchemaConstant {
  readonly name: string
  readonly code: Code
  /** How its values are typed: as who takes them or as who gives them has them; undefined for what is not exported. */
  readonly view: 'Taken' | 'Given' | undefined
}

/** Where a message stands. */
export interface SchemaPlace {
  /** What it is called when it has no name. */
  readonly name: string
  /** For messages: `users.get output`. */
  readonly place: string
  readonly view: 'Taken' | 'Given'
}

/** Writes schemas, each that has a name as a constant. */
export interface SchemaWriter {
  /** The name of the constant of a message, or `Empty`. */
  message(schema: object, place: SchemaPlace): string
  /** What an error's details are: a constant's name, or code where the schema has no name. */
  details(schema: object, place: SchemaPlace): Code
  readonly constants: readonly SchemaConstant[]
  /** What could not be written, with its place. */
  readonly leftOut: ReadonlySet<string>
}

interface Position {
  readonly scope: Scope
  readonly place: string
  readonly view: 'Taken' | 'Given'
  /** What stands around it and may be referred to, by its `$id`: code for each. */
  readonly around: ReadonlyMap<string, string>
}

interface Named {
  readonly constant: SchemaConstant
  readonly said: Readonly<Record<string, unknown>>
}

/** Said of one use of a schema, beside its annotations. */
const ofUse = ['protoField', 'protoFieldOptions', 'default']

/** Begins with no constants. */
export function createSchemaWriter(names: ModuleNames): SchemaWriter {
  const constants: SchemaConstant[] = []
  const leftOut = new Set<string>()
  const named = new Map<string, Named[]>()
  const modules = new Map<string, string>()

  const add = (name: string, code: Code, view: SchemaConstant['view']): SchemaConstant => {
    const constant = { name, code, view }
    constants.push(constant)
    return constant
  }
  const write = (schema: JsonSchema, at: Position): Code => {
    const ref = refOf(schema)
    if (ref !== undefined) return reference(schema, ref, at)
    const { $id } = schema
    if ($id === undefined || isAutomaticId($id) || !isClosed(schema)) return structure(schema, at)
    return nameOf(schema, at)
  }
  /** The constant of a schema with a name, and what is said of it here alone. */
  const nameOf = (schema: JsonSchema, at: Position): Code => {
    const base = without(schema, ofUse)
    const key = `${schema.$id}\n${identityOf(base, at.scope)}`
    const said = pick(base, keywords.annotations)
    const all = named.get(key) ?? []
    named.set(key, all)
    // More can be said of it where it is used, but not less.
    let known = all.find((one) => Object.keys(one.said).every((word) => word in said))
    if (!known) {
      // Of a field it is the field's.
      const isField = 'protoField' in schema
      const own = isField ? without(base, [...keywords.annotations]) : base
      const id = identifier(componentName(schema.$id!))
      const code = structure(own, { ...at, around: new Map() })
      const constant = add(names.take(id, `${id}Schema`), code, at.view)
      all.push((known = { constant, said: isField ? {} : said }))
    }
    const { constant, said: common } = known
    const differs = Object.entries(said).filter(([name, value]) => !isSame(value, common[name]))
    return spread(constant.name, { ...pick(schema, new Set(ofUse)), ...Object.fromEntries(differs) })
  }
  const structure = (schema: JsonSchema, at: Position): Code => {
    const { $id } = schema
    if (isOwnersTransform(schema))
      leftOut.add(`${at.place}: its Type.Transform; values are as JSON carries them`)
    if ($id === undefined || !refersTo(schema, $id) || at.around.has($id)) return plain(schema, at)
    const self = at.around.size === 0 ? 'Self' : `Self${at.around.size + 1}`
    const inside = { ...at, around: new Map([...at.around, [$id, self]]) }
    const outer = pick(schema, new Set([...keywords.annotations, ...ofUse, '$id', 'proto']))
    const code = plain(without(schema, Object.keys(outer)), inside)
    if (isAutomaticId($id)) delete outer['$id']
    return call('Type.Recursive', arrow(self, code), options(codes(outer)))
  }
  const plain = (schema: JsonSchema, at: Position): Code => {
    const deeper = (key: string): Position => ({ ...at, place: `${at.place}/${key}` })
    const shape = shapeOf(
      schema,
      (one, key) => write(one, deeper(key)),
      (one, key, isRequired) => property(one, isRequired, deeper(key)),
    )
    const isNumbered = schema.$id !== undefined && isAutomaticId(schema.$id)
    const rest = without(schema, isNumbered ? [...shape.used, '$id'] : shape.used)
    const [mine, others] = split(rest, shape.options)
    const additional = mine['additionalProperties']
    const own: Record<string, Code> = codes(without(mine, ['additionalProperties']))
    if (additional !== undefined)
      own['additionalProperties'] =
        typeof additional === 'object'
          ? write(additional as JsonSchema, deeper('*'))
          : JSON.stringify(additional)
    return spread(shape.code(options(own)), others)
  }
  const property = (schema: JsonSchema, isRequired: boolean, at: Position): Code => {
    const { protoField, protoFieldOptions, ...typed } = schema as JsonSchema & Record<string, unknown>
    const isField = protoField !== undefined
    const optional = (): Code => {
      if (isRequired) return write(typed, at)
      if (typed.default === undefined) return call('Type.Optional', write(typed, at))
      const { default: value, ...bare } = typed
      const decoded = defaultCode(bare, value)
      if (decoded !== undefined) return call('t.Default', write(bare, at), decoded)
      return spread(call('Type.Optional', write(bare, at)), { default: value })
    }
    if (!isField) return optional()
    return call(
      'field',
      JSON.stringify(protoField),
      optional(),
      options(codes(Object(protoFieldOptions) as object)),
    )
  }
  const reference = (schema: JsonSchema, ref: string, at: Position): Code => {
    const { $ref: _ref, $defs, ...more } = schema
    const self = at.around.get(ref)
    if (self !== undefined && !$defs) return spread(self, more)
    if ($defs) return imported($defs, ref, more, at)
    if (!at.scope.has(ref))
      throw new TypeError(
        `${at.place}: $ref "${ref}" points at no schema; put the one with that $id around it`,
      )
    return call('Type.Ref', quoted(ref), options(codes(more)))
  }
  /** Schemas that hold each other. */
  const imported = (all: NonNullable<JsonSchema['$defs']>, ref: string, more: object, at: Position): Code => {
    const key = JSON.stringify(all)
    let name = modules.get(key)
    if (name === undefined) {
      const around = new Map(Object.keys(all).map((one) => [one, `Type.Ref(${quoted(one)})`]))
      const entries = Object.entries(all).map(([one, schema]) => {
        const own = schema.$id === one ? without(schema, ['$id']) : schema
        return [one, plain(own, { ...at, around, place: `${at.place}/${one}` })] as const
      })
      modules.set(key, (name = names.take('schemas')))
      add(name, call('Type.Module', object(Object.fromEntries(entries))), undefined)
    }
    return spread(call(`${name}.Import`, quoted(ref)), more)
  }
  const positionOf = (schema: object, { place, view }: SchemaPlace): Position => ({
    scope: scopeOf(schema),
    place,
    view,
    around: new Map(),
  })

  const roots = new Map<string, SchemaConstant>()
  return {
    constants,
    leftOut,
    message(schema, place) {
      const json = schema as JsonSchema
      if (isEmptyObject(json) && Object.keys(json).every((key) => key === 'type' || key === 'properties'))
        return 'Empty'
      const text = JSON.stringify(json)
      let constant = roots.get(text)
      if (!constant) {
        const code = write(json, positionOf(json, place))
        const known = constants.find(({ name }) => name === code)
        const name = known ? '' : names.take(place.name)
        roots.set(text, (constant = known ?? add(name, code, place.view)))
      }
      return constant.name
    },
    details: (schema, place) => write(schema, positionOf(schema, place)),
  }
}

/** What a message without a name is called: `UsersGetUserInput`. */
export function messageName(service: string, method: string, part: string): string {
  return identifier(upperFirst(pascalCase(service)) + pascalCase(method) + part)
}

/** Code, and keywords that stand beside it. */
function spread(code: Code, more: object): Code {
  const entries = Object.entries(more).filter(([, value]) => value !== undefined)
  if (entries.length === 0) return code
  const { items, ...rest } = object(codes(Object.fromEntries(entries)))
  return { ...rest, items: [{ value: dotted(code) }, ...items] }
}

function dotted(code: Code): Code {
  if (typeof code === 'string') return `...${code}`
  return 'head' in code ? { ...code, head: `...${code.head}` } : code
}

function codes(values: object): Record<string, Code> {
  // Functions are no JSON, and what is said of a schema by one is said to the server.
  const entries = Object.entries(values).filter(([, value]) => JSON.stringify(value) !== undefined)
  return Object.fromEntries(entries.map(([key, value]) => [key, jsonCode(value)]))
}

function split(
  of: object,
  keys: readonly string[] | undefined,
): [mine: Record<string, unknown>, others: object] {
  if (!keys) return [of as Record<string, unknown>, {}]
  return [pick(of, new Set(keys)), without(of, keys)]
}

function pick(of: object, keys: ReadonlySet<string>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(of).filter(([key]) => keys.has(key)))
}

function without<T extends object>(of: T, keys: readonly string[]): T {
  const kept = Object.entries(of).filter(([key]) => !keys.includes(key))
  // Symbols say what a schema is to TypeBox, a transform for one.
  const symbols = Object.getOwnPropertySymbols(of).map((key) => [key, of[key as keyof T]] as const)
  return Object.fromEntries<unknown>([...kept, ...symbols] as [string, unknown][]) as T
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

/** Whether all that a schema refers to is within itself. */
function isClosed(schema: JsonSchema): boolean {
  const scope = scopeOf(schema)
  return refsIn(schema).every((ref) => scope.has(ref))
}

function refersTo(schema: JsonSchema, $id: string): boolean {
  return refsIn(schema).includes($id)
}

function refsIn(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return []
  // A property may be called so.
  const isRef = typeof (value as JsonSchema).$ref === 'string'
  return [...(isRef ? [refOf(value)!] : []), ...Object.values(value).flatMap(refsIn)]
}
