import type { JsonSchema } from '../../core/schema/json-schema.ts'
import { annotationOf, fieldOptionsOf } from './annotation.ts'
import { ownName, takeFree, type Draft } from './draft.ts'
import { enumOf } from './enum-of.ts'
import { fieldTypeOf } from './field-type.ts'
import { finishMessage } from './finish-message.ts'
import { checkFields, fieldNames, namesMadeOf } from './field-names.ts'
import { createHosts, type Hosts } from './hosts.ts'
import type { ProtoField, ProtoType } from './model.ts'
import { fieldName, typeName } from './names.ts'
import type { Property } from './object-parts.ts'
import { byOneof } from './oneofs.ts'
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

/** Where a message or an enum is being made; `begun` hears its name before what is in it is looked at. */
interface Making extends Spot {
  /** The name is the one that it must have; what said so, for errors. */
  readonly exact?: string
  readonly begun: (fullName: string) => unknown
}

/** Makes messages of the schemas of one package; what is shared under an `$id` is made once. */
export class Mapper {
  private readonly root: Draft
  private readonly siblingOf: (packageName: string) => Mapper
  private readonly hosts: Hosts
  private readonly shared: Shared = new Map()
  /** Unnamed messages that are being made: what recursion inside of them comes back to. */
  private readonly open = new Map<JsonSchema, string>()
  private references!: References

  /** `siblingOf` finds the mapper of another package, for messages that say that they belong there. */
  constructor(root: Draft, siblingOf: (packageName: string) => Mapper) {
    this.root = root
    this.siblingOf = siblingOf
    this.hosts = createHosts(root)
  }

  /** The type of a method's input or output, which is always a message. */
  message(schema: JsonSchema, references: References, spot: Omit<Spot, 'host'>): ProtoType {
    this.references = references
    const resolved = references.resolve(schema, spot.path)
    const isNamed =
      references.nameOf(resolved) !== undefined || annotationOf(resolved, spot.path).name !== undefined
    if (!isNamed && this.root.taken.has(spot.name))
      throw new TypeError(
        `${spot.path}: another message is called ${spot.name} already; give one of the schemas an $id, or the method proto: { name }`,
      )
    return this.element(schema, { ...spot, host: this.root })
  }

  /** Ends the package: messages that others stand in and that nobody has made are empty. */
  finish(): void {
    this.hosts.finish()
  }

  /** A type that can stand in a list: lists, maps and what may be null get a message around them. */
  private element(schema: JsonSchema, spot: Spot): ProtoType {
    const shape = shapeOf(schema, this.references, spot.path)
    if (shape.kind === 'list') return this.box(schema, { ...spot, name: `${spot.name}List` }, 'items')
    if (shape.kind === 'map') return this.box(schema, { ...spot, name: `${spot.name}Map` }, 'entries')
    if (shape.kind !== 'nullable') return this.single(schema, shape, spot)
    const { proto } = this.references.resolve(schema, spot.path) as { proto?: unknown }
    if (typeof proto === 'string' && proto.startsWith('google.protobuf.'))
      throw new TypeError(
        `${spot.path}: null and absent are one thing in a ${proto}; make it a property that is required, or one that is never null`,
      )
    return this.box(schema, { ...spot, name: `${spot.name}OrNull` }, 'value')
  }

  private single(
    schema: JsonSchema,
    shape: Exclude<Shape, { kind: 'list' | 'map' | 'nullable' }>,
    spot: Spot,
  ): ProtoType {
    if (shape.kind === 'scalar' || shape.kind === 'known') return shape
    const resolved = this.references.resolve(schema, spot.path)
    const { name: exact, package: other } = annotationOf(resolved, spot.path)
    if (other !== undefined && other !== this.root.fullName) {
      const sibling = this.siblingOf(other)
      sibling.references = this.references
      return sibling.single(schema, shape, { ...spot, host: sibling.root })
    }
    const kind = shape.kind === 'enum' ? 'enum' : 'message'
    const name = exact ?? this.references.nameOf(resolved)
    if (name !== undefined) {
      const share = shareOf(this.shared, { name, schema: resolved, path: spot.path })
      if (share.fullName !== undefined) return { kind, name: share.fullName }
      const place = exact === undefined ? { host: this.root, name: typeName(name) } : this.hosts.place(exact)
      const begun = (full: string): unknown => (share.fullName = full)
      const called = exact === undefined ? `$id "${name}"` : `proto: "${exact}"`
      return { kind, name: this.make(resolved, shape, { ...place, path: spot.path, exact: called, begun }) }
    }
    const open = this.open.get(resolved)
    if (open !== undefined) return { kind, name: open }
    const begun = (full: string): unknown => this.open.set(resolved, full)
    const fullName = this.make(resolved, shape, { ...spot, begun })
    this.open.delete(resolved)
    return { kind, name: fullName }
  }

  private make(
    schema: JsonSchema,
    shape: Extract<Shape, { kind: 'enum' | 'object' | 'union' }>,
    making: Making,
  ): string {
    if (shape.kind === 'union') return this.union(schema, shape, making)
    if (shape.kind === 'object') return this.object(schema, shape, making)
    const { host, path, begun } = making
    const fullName = this.hosts.take(making)
    begun(fullName)
    host.enums.push(
      enumOf(host, {
        fullName,
        texts: shape.values,
        told: shape.told,
        remarks: remarksOf(schema),
        annotation: annotationOf(schema, path),
        path,
      }),
    )
    return fullName
  }

  private object(schema: JsonSchema, shape: Extract<Shape, { kind: 'object' }>, making: Making): string {
    const { path, begun } = making
    // A required literal has one value: unless a number is pinned for it, it takes no room.
    const isConstant = ({ schema: one, required }: Property): boolean =>
      required && isLiteral(one) && !('protoField' in one)
    const constants = shape.properties
      .filter(isConstant)
      .map(({ key, schema: one }) => [key, one.const] as const)
    const properties = shape.properties.filter((property) => !isConstant(property))
    const names = fieldNames(
      properties.map(({ key, schema: one }) => ({ key, name: fieldOptionsOf(one).name })),
      path,
    )
    const { draft, done } = this.hosts.begin(making, names, namesMadeOf(names))
    begun(draft.fullName)
    const fields = properties.map((property, i) =>
      this.field(property, { name: names[i]!, host: draft, path }),
    )
    const always = constants.map(([key, value]) => `${key}: always ${JSON.stringify(value)}`)
    done(
      finishMessage(draft, schema, path, {
        ...remarksOf(schema, ...always),
        shape: 'object',
        fields: byOneof(checkFields(fields, path), draft, path),
        constants,
      }),
    )
    return draft.fullName
  }

  private union(
    schema: JsonSchema,
    { key, branches }: Extract<Shape, { kind: 'union' }>,
    making: Making,
  ): string {
    const { path, begun } = making
    const names = fieldNames(
      branches.map(({ value, schema: branch }) => ({
        key: String(value),
        name: fieldOptionsOf(branch).name,
      })),
      path,
    )
    const { draft, done } = this.hosts.begin(making, names, namesMadeOf(names))
    begun(draft.fullName)
    const { oneof: given } = annotationOf(schema, path)
    const oneof = given ?? ownName(takeFree(draft, fieldName(key)))
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
        oneof,
        tag: value,
      }
    })
    const rest = { ...remarksOf(schema), shape: 'union', fields, constants: [], union: { key } } as const
    done(finishMessage(draft, schema, path, rest))
    return draft.fullName
  }

  private box(schema: JsonSchema, spot: Spot, field: 'items' | 'entries' | 'value'): ProtoType {
    const { path } = spot
    const resolved = this.references.resolve(schema, path)
    const open = this.open.get(resolved)
    if (open !== undefined) return { kind: 'message', name: open }
    const { draft, done } = this.hosts.begin(spot, [field], namesMadeOf([field]))
    this.open.set(resolved, draft.fullName)
    const inner = this.field(
      { key: '', schema: bare(resolved), required: true },
      { name: field, host: draft, path },
    )
    this.open.delete(resolved)
    done(finishMessage(draft, {}, path, { shape: 'box', fields: [{ ...inner, number: 1 }], constants: [] }))
    return { kind: 'message', name: draft.fullName }
  }

  private field({ key, schema, required }: Property, { name, host, path: outer }: Spot): ProtoField {
    const path = key === '' ? outer : `${outer}/${key}`
    const spot = { host, name: typeName(name), path }
    const shape = shapeOf(schema, this.references, path)
    const made = fieldTypeOf({
      schema,
      resolved: this.references.resolve(schema, path),
      shape,
      required,
      path,
      element: (inner, place) => this.element(inner, { ...spot, path: place }),
      single: (one) => this.single(schema, one, spot),
    })
    return {
      name,
      key,
      number: numberOf(schema),
      ...made,
      ...fieldRemarks(schema, made.type.kind === 'message'),
    }
  }
}

function isLiteral({ const: value, default: filled }: JsonSchema): boolean {
  return ['string', 'number', 'boolean'].includes(typeof value) && filled === undefined
}

function numberOf(schema: JsonSchema): number | undefined {
  return (schema as { protoField?: number }).protoField
}

/** What is in a box is always there, whatever is said of the place where the box stands. */
function bare(schema: JsonSchema): JsonSchema {
  const {
    default: _,
    protoField: _pinned,
    protoFieldOptions: _options,
    ...rest
  } = schema as JsonSchema & {
    protoField?: number
    protoFieldOptions?: unknown
  }
  return rest
}
