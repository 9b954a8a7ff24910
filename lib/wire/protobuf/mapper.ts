import type { JsonSchema } from '../../core/schema/json-schema.ts'
import { createInner, ownName, type Draft } from './draft.ts'
import { enumOf } from './enum-of.ts'
import type { ProtoField, ProtoMessage, ProtoType } from './model.ts'
import { checkFields, fieldNames, namesTakenBy } from './field-names.ts'
import { fieldName, takeName, typeName } from './names.ts'
import type { Property } from './object-parts.ts'
import type { References } from './references.ts'
import { fieldRemarks, remarksOf } from './remarks.ts'
import { shapeOf, type Shape } from './shape.ts'
import { shareOf, type Shared } from './shared.ts'

/** Where a type is being made: the message around it, the name that it gets if it needs one, and the place for errors. */
interface Spot {
  readonly host: Draft
  readonly name: string
  readonly path: string
}

/** Makes messages of the schemas of one package; what is shared under an `$id` is made once. */
export class Mapper {
  private readonly root: Draft
  private readonly shared: Shared = new Map()
  /** Unnamed messages that are being made: what recursion inside of them comes back to. */
  private readonly open = new Map<JsonSchema, string>()
  private references!: References

  constructor(root: Draft) {
    this.root = root
  }

  /** The type of a method's input or output, which is always a message. */
  message(schema: JsonSchema, references: References, spot: Omit<Spot, 'host'>): ProtoType {
    this.references = references
    const name = references.nameOf(references.resolve(schema, spot.path))
    if (name === undefined && this.root.taken.has(spot.name))
      throw new TypeError(
        `${spot.path}: another message is called ${spot.name} already; give one of the schemas an $id, or the method proto: { name }`,
      )
    return this.element(schema, { ...spot, host: this.root })
  }

  /** A type that can stand in a list: lists, maps and what may be null get a message around them. */
  private element(schema: JsonSchema, spot: Spot): ProtoType {
    const shape = shapeOf(schema, this.references, spot.path)
    if (shape.kind === 'list') return this.box(schema, { ...spot, name: `${spot.name}List` }, 'items')
    if (shape.kind === 'map') return this.box(schema, { ...spot, name: `${spot.name}Map` }, 'entries')
    if (shape.kind === 'nullable') return this.box(schema, { ...spot, name: `${spot.name}OrNull` }, 'value')
    return this.single(schema, shape, spot)
  }

  private single(
    schema: JsonSchema,
    shape: Exclude<Shape, { kind: 'list' | 'map' | 'nullable' }>,
    spot: Spot,
  ): ProtoType {
    if (shape.kind === 'scalar' || shape.kind === 'known') return shape
    const resolved = this.references.resolve(schema, spot.path)
    const name = this.references.nameOf(resolved)
    const kind = shape.kind === 'enum' ? 'enum' : 'message'
    if (name !== undefined) {
      const share = shareOf(this.shared, { name, schema: resolved, path: spot.path })
      if (share.fullName !== undefined) return { kind, name: share.fullName }
      const made = { host: this.root, name: typeName(name), path: spot.path }
      if (this.root.taken.has(made.name))
        throw new TypeError(
          `${spot.path}: $id "${name}" is taken by another message, ${made.name}; choose another`,
        )
      return { kind, name: this.make(resolved, shape, { ...made, begun: (full) => (share.fullName = full) }) }
    }
    const open = this.open.get(resolved)
    if (open !== undefined) return { kind, name: open }
    const begun = (full: string): unknown => this.open.set(resolved, full)
    const fullName = this.make(resolved, shape, { ...spot, begun })
    this.open.delete(resolved)
    return { kind, name: fullName }
  }

  /** Makes a message or an enum; `begun` hears its name before what is in it is looked at. */
  private make(
    schema: JsonSchema,
    shape: Extract<Shape, { kind: 'enum' | 'object' | 'union' }>,
    { host, name, path, begun }: Spot & { begun: (fullName: string) => unknown },
  ): string {
    if (shape.kind === 'enum') {
      const made = enumOf(host, name, shape.values, remarksOf(schema))
      begun(made.fullName)
      host.enums.push(made)
      return made.fullName
    }
    if (shape.kind === 'union') return this.union(schema, shape, { host, name, path, begun })
    // A required literal has one value: unless a number is pinned for it, it takes no room.
    const isConstant = ({ schema: one, required }: Property): boolean =>
      required && isLiteral(one) && !('protoField' in one)
    const constants = shape.properties
      .filter(isConstant)
      .map(({ key, schema: one }) => [key, one.const] as const)
    const properties = shape.properties.filter((property) => !isConstant(property))
    const names = fieldNames(
      properties.map(({ key }) => key),
      path,
    )
    const draft = createInner(host, name, namesTakenBy(names))
    begun(draft.fullName)
    const slot = reserveSlot(host)
    const fields = properties.map((property, i) =>
      this.field(property, { name: names[i]!, host: draft, path }),
    )
    const always = constants.map(([key, value]) => `${key}: always ${JSON.stringify(value)}`)
    slot(
      finish(draft, {
        ...remarksOf(schema, ...always),
        shape: 'object',
        fields: checkFields(fields, path),
        constants,
      }),
    )
    return draft.fullName
  }

  private union(
    schema: JsonSchema,
    { key, branches }: Extract<Shape, { kind: 'union' }>,
    { host, name, path, begun }: Spot & { begun: (fullName: string) => unknown },
  ): string {
    const names = fieldNames(
      branches.map(({ value }) => String(value)),
      path,
    )
    const draft = createInner(host, name, namesTakenBy(names))
    begun(draft.fullName)
    const slot = reserveSlot(host)
    const oneof = takeName(fieldName(key), draft.taken)
    const fields = branches.map(({ value, schema: branch }, i): ProtoField => {
      const type = this.element(branch, {
        host: draft,
        name: typeName(String(value)),
        path: `${path}/${String(value)}`,
      })
      return {
        name: names[i]!,
        key: '',
        number: numberOf(branch),
        type,
        label: 'single',
        absent: 'nothing',
        tag: value,
      }
    })
    slot(
      finish(draft, { ...remarksOf(schema), shape: 'union', fields, constants: [], union: { key, oneof } }),
    )
    return draft.fullName
  }

  private box(
    schema: JsonSchema,
    { host, name, path }: Spot,
    field: 'items' | 'entries' | 'value',
  ): ProtoType {
    const resolved = this.references.resolve(schema, path)
    const open = this.open.get(resolved)
    if (open !== undefined) return { kind: 'message', name: open }
    const draft = createInner(host, name, namesTakenBy([field]))
    this.open.set(resolved, draft.fullName)
    const slot = reserveSlot(host)
    const inner = this.field(
      { key: '', schema: bare(resolved), required: true },
      { name: field, host: draft, path },
    )
    this.open.delete(resolved)
    slot(finish(draft, { shape: 'box', fields: [{ ...inner, number: 1 }], constants: [] }))
    return { kind: 'message', name: draft.fullName }
  }

  private field({ key, schema, required }: Property, { name, host, path: outer }: Spot): ProtoField {
    const path = key === '' ? outer : `${outer}/${key}`
    const spot = { host, name: typeName(name), path }
    const number = numberOf(schema)
    const shape = shapeOf(schema, this.references, path)
    const always = required || schema.default !== undefined
    const made = ((): Pick<ProtoField, 'type' | 'label' | 'absent'> => {
      if (shape.kind === 'list' || shape.kind === 'map') {
        const [label, inner] =
          shape.kind === 'list' ? (['repeated', shape.item] as const) : (['map', shape.value] as const)
        const type = this.element(inner, { ...spot, path: `${path}/*` })
        return { type, label, absent: always ? 'empty' : 'nothing' }
      }
      if (shape.kind === 'nullable') {
        // One sign for "not there" is enough where null is the only thing that it can mean.
        const isNull = schema.default === undefined ? required : schema.default === null
        const type = this.element(isNull ? shape.inner : schema, spot)
        return { type, label: 'optional', absent: isNull ? 'null' : 'nothing' }
      }
      const type = this.single(schema, shape, spot)
      if (!required || schema.default !== undefined) return { type, label: 'optional', absent: 'nothing' }
      return { type, label: 'single', absent: type.kind === 'scalar' ? 'zero' : 'nothing' }
    })()
    return { name, key, number, ...made, ...fieldRemarks(schema, made.type.kind === 'message') }
  }
}

function finish(
  { fullName, messages, enums }: Draft,
  rest: Omit<ProtoMessage, 'name' | 'fullName' | 'messages' | 'enums' | 'reserved'>,
): ProtoMessage {
  return { name: ownName(fullName), fullName, ...rest, messages, enums, reserved: [] }
}

/** Keeps a message's place before those that are made while it is being made. */
function reserveSlot({ messages }: Draft): (message: ProtoMessage) => void {
  const at = messages.length
  messages.push(undefined as never)
  return (message) => (messages[at] = message)
}

function isLiteral({ const: value, default: filled }: JsonSchema): boolean {
  return ['string', 'number', 'boolean'].includes(typeof value) && filled === undefined
}

function numberOf(schema: JsonSchema): number | undefined {
  return (schema as { protoField?: number }).protoField
}

/** What is in a box is always there, whatever is said of the place where the box stands. */
function bare(schema: JsonSchema): JsonSchema {
  const { default: _, protoField: _pinned, ...rest } = schema as JsonSchema & { protoField?: number }
  return rest
}
