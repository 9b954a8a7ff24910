import type { FieldOptions } from '../../core/schema/field.ts'
import type { JsonSchema } from '../../core/schema/json-schema.ts'
import type { Reserved } from './model.ts'
import { checkName } from './names.ts'

/** One of an enum's values as `proto: { values }` has it: its number, or its name too where that is another string. */
export type EnumValueOption = number | { readonly name: string; readonly number: number }

/** What `proto` says of a message, an enum or a map. */
export interface Annotation {
  /** The name inside of the package; `Outer.Inner` stands inside of another message. */
  readonly name?: string
  /** The package, where it is not that of the method or message that it is used in. */
  readonly package?: string
  /** The file, where it is not the package's own. */
  readonly file?: string
  /** Numbers and names that are never given again; pairs are ranges, both ends among them. */
  readonly reserved?: readonly (number | readonly [from: number, to: number] | string)[]
  /** Of an enum: what its strings are there. */
  readonly values?: Readonly<Record<string, EnumValueOption>>
  /** Of an enum: the name of 0, where no string is. */
  readonly zero?: string
  /** Of a union with a tag: the oneof's name. */
  readonly oneof?: string
  /** Of a record: its keys' type. */
  readonly key?: string
}

const known = ['name', 'package', 'file', 'reserved', 'values', 'zero', 'oneof', 'key'] as const

/** Reads what `proto` says of a schema that is no scalar; a string is its name. Throws for what it may not say. */
export function annotationOf(schema: JsonSchema, path: string): Annotation {
  const { proto } = schema as { proto?: unknown }
  if (proto === undefined) return {}
  const given = (typeof proto === 'string' ? { name: proto } : proto) as Annotation
  if (typeof given !== 'object' || given === null)
    throw new TypeError(
      `${path}: proto: ${JSON.stringify(proto)} says nothing; use a name, or { ${known.join(', ')} }`,
    )
  for (const key of Object.keys(given)) {
    if (!(known as readonly string[]).includes(key))
      throw new TypeError(`${path}: proto has no "${key}"; it has ${known.join(', ')}`)
  }
  const names = [given.name?.split('.'), given.package?.split('.'), given.zero, given.oneof].flat()
  for (const name of names)
    if (name !== undefined && !(name === '' && given.package === '')) checkName(name, path)
  return given
}

/** What is kept free by an annotation. */
export function reservedBy({ reserved = [] }: Annotation): Reserved {
  return {
    ranges: reserved.flatMap((one) =>
      typeof one === 'string' ? [] : [typeof one === 'number' ? ([one, one] as const) : one],
    ),
    names: reserved.filter((one) => typeof one === 'string'),
  }
}

/** What `field()` says of a property beside its number. */
export function fieldOptionsOf(schema: JsonSchema): FieldOptions {
  return (schema as { protoFieldOptions?: FieldOptions }).protoFieldOptions ?? {}
}
