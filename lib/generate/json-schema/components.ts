import { refOf, type JsonSchema } from '../../core/schema/json-schema.ts'
import { tagOf } from '../../core/schema/tagged.ts'
import { annotated, convertKeywords, type Dialect } from './convert.ts'
import { identityOf, scopeOf, type Scope } from './identity.ts'
import { annotationsOf, isEmptyObject, type JsonObject } from './keywords.ts'
import { componentName, isAutomaticId, pascalCase } from './names.ts'
import { nameSlots, ownOf, type Slot, type Wanted } from './slots.ts'

/** Where a message stands. */
export interface MessagePlace {
  readonly service: string
  readonly method: string
  /** `Input`, `Output`, or the name of what the details of an error are. */
  readonly part: string
}

/** The schemas of a document, each under a name of its own. */
export interface Components {
  /**
   * The schema of a message, or a reference to it: one with an `$id` has that name, another its method's. Throws a
   * TypeError for a reference that leads nowhere.
   */
  message(schema: object, place: MessagePlace): JsonObject
  /** The schema itself, or a reference to it where it has an `$id`. */
  part(schema: object, place: MessagePlace): JsonObject
  /** A reference to a schema of the document's own, which is made once and has this very name. */
  fixed(name: string, make: () => JsonObject): JsonObject
  /** A reference to a schema that `make` makes for a service; the same `identity` is the same schema. */
  shared(wanted: Wanted, make: () => JsonObject): JsonObject
  /** All schemas by their names. Only then do references say where they lead. */
  finish(): Record<string, JsonObject>
}

/** A use of a schema, and what is said of it there. */
interface Use {
  readonly slot: Slot
  readonly said: JsonObject
}

/** What is known where a schema stands. */
interface Position {
  readonly scope: Scope
  readonly service: string
  /** What a schema is called here that has no name itself. */
  readonly name: string
  readonly place: string
}

const prefix = '#/components/schemas/'

/** Makes the schemas of a document, none yet. */
export function createComponents(dialect: Dialect): Components {
  const slots = new Map<string, Slot>()
  /** Schemas that only TypeBox has numbered, by their identity. */
  const numbered = new Map<string, Slot>()
  /** References, empty until all names are known, and what is said beside them. */
  const uses = new Map<JsonObject, Use>()
  /** Which values of a tag lead where. */
  const mappings: { readonly mapping: JsonObject; readonly value: string; readonly slot: Slot }[] = []
  /** Messages with a name, which many methods have. */
  const messages = new Map<object, Use>()

  const slotFor = (
    wanted: Wanted,
    rank: Slot['rank'],
    make: () => JsonObject,
    register?: (slot: Slot) => void,
  ): Slot => {
    const key = `${rank}\n${wanted.name}\n${wanted.identity}`
    const known = slots.get(key)
    if (known) return known
    const slot: Slot = { ...wanted, rank, body: {}, said: [] }
    // Before its body, which may refer to it.
    slots.set(key, slot)
    register?.(slot)
    slot.body = make()
    return slot
  }
  const refTo = (slot: Slot, said: JsonObject = {}): JsonObject => {
    const use: JsonObject = {}
    uses.set(use, { slot, said })
    return use
  }

  const convert = (schema: JsonSchema, at: Position): JsonObject => {
    const ref = refOf(schema)
    if (ref !== undefined) {
      const target = targetOf(ref, at)
      const slot = named(ref, target, at)
      slot.said.push(annotationsOf(target))
      return refTo(slot, annotationsOf(schema))
    }
    if (schema.$id === undefined) return annotated(schema, inner(schema, at))
    const slot = named(schema.$id, schema, at)
    const said = annotationsOf(schema)
    slot.said.push(said)
    return refTo(slot, said)
  }
  const inner = (schema: JsonSchema, at: Position): JsonObject => {
    const out = convertKeywords(schema, dialect, (one, key) =>
      // In some places true and false are schemas too.
      typeof one === 'object'
        ? convert(one, { ...at, name: at.name + pascalCase(key), place: `${at.place}/${key}` })
        : one,
    )
    if (dialect === '2020-12') addDiscriminator(schema, out, at)
    return out
  }
  const named = (id: string, schema: JsonSchema, at: Position): Slot => {
    const identity = identityOf(schema, at.scope)
    const make = (): JsonObject => inner(schema, at)
    if (!isAutomaticId(id))
      return slotFor({ name: componentName(id), service: at.service, identity }, 1, make)
    // It has no name, is called by its first place, and is the same in all others.
    const known = numbered.get(identity)
    if (known) return known
    const register = (slot: Slot): void => void numbered.set(identity, slot)
    return slotFor({ name: at.name, service: at.service, identity }, 2, make, register)
  }
  const targetOf = (ref: string, { scope, place }: Position): JsonSchema => {
    const target = scope.get(ref)
    if (target) return target
    throw new TypeError(`${place}: $ref "${ref}" points at no schema; put the one with that $id around it`)
  }
  /** Says which property tells the branches of a union apart, where each of them has a name. */
  const addDiscriminator = ({ anyOf }: JsonSchema, out: JsonObject, { scope }: Position): void => {
    const refs = out['anyOf'] as readonly JsonObject[] | undefined
    const tag = anyOf && tagOf(anyOf.map((one) => scope.get(refOf(one) ?? '') ?? one))
    if (!tag || !refs || !tag.values.every((value) => typeof value === 'string')) return
    const owners = refs.map((ref) => uses.get(ref)?.slot)
    if (owners.includes(undefined)) return
    const mapping: JsonObject = {}
    for (const [i, value] of tag.values.entries()) {
      mapping[value] = ''
      mappings.push({ mapping, value, slot: owners[i]! })
    }
    out['discriminator'] = { propertyName: tag.key, mapping }
  }

  return {
    message(schema, place) {
      const json = schema as JsonSchema
      const known = messages.get(json)
      if (known) return refTo(known.slot, known.said)
      const isNamed = json.$id !== undefined || json.$ref !== undefined
      if (isNamed || isEmptyObject(json)) {
        const out = convert(json, positionOf(json, place))
        const use = uses.get(out)
        if (use) messages.set(json, use)
        return out
      }
      const { name, service, place: identity } = nameOf(place)
      return refTo(
        slotFor({ name, service, identity }, 2, () => annotated(json, inner(json, positionOf(json, place)))),
      )
    },
    part: (schema, place) => convert(schema, positionOf(schema, place)),
    fixed: (name, make) => refTo(slotFor({ name, service: '', identity: '' }, 0, make)),
    shared: (wanted, make) => refTo(slotFor(wanted, 1, make)),
    finish() {
      const names = nameSlots(slots.values())
      for (const [use, { slot, said }] of uses) {
        const { name, common } = names.get(slot)!
        const ref = { $ref: prefix + name }
        const own = ownOf(said, common)
        // In the older JSON Schema nothing counts beside a reference.
        const isWrapped = dialect === 'draft-07' && Object.keys(own).length > 0
        Object.assign(use, isWrapped ? { allOf: [ref] } : ref, own)
      }
      for (const { mapping, value, slot } of mappings) mapping[value] = prefix + names.get(slot)!.name
      return Object.fromEntries(
        [...names].map(([{ body }, { name, common }]) => [name, { ...common, ...body }]),
      )
    },
  }
}

function positionOf(schema: object, place: MessagePlace): Position {
  return { ...nameOf(place), scope: scopeOf(schema) }
}

function nameOf({ service, method, part }: MessagePlace): Omit<Position, 'scope'> {
  return {
    service,
    name: pascalCase(service) + pascalCase(method) + part,
    place: `${service}.${method} ${part.charAt(0).toLowerCase()}${part.slice(1)}`,
  }
}
