import type { JsonObject } from './keywords.ts'
import { pascalCase } from './names.ts'

/** A name for a component, and what tells it from others that want the same. */
export interface Wanted {
  readonly name: string
  readonly service: string
  readonly identity: string
}

/** A schema on its way to its name. */
export interface Slot extends Wanted {
  /** Those of a rank have their names before those of the next: our own, what people named, and the rest. */
  readonly rank: 0 | 1 | 2
  body: JsonObject
  /** What each of its uses says of it; what all say is said once. */
  readonly said: JsonObject[]
}

/** A slot under its name. */
export interface NamedSlot {
  readonly name: string
  /** What is said of the schema itself. */
  readonly common: JsonObject
}

/** Gives every slot its name. */
export function nameSlots(slots: Iterable<Slot>): ReadonlyMap<Slot, NamedSlot> {
  const taken = new Set<string>()
  const named = new Map<Slot, NamedSlot>()
  for (const slot of [...slots].toSorted((a, b) => a.rank - b.rank)) {
    const name = freeName(slot, taken)
    taken.add(name)
    named.set(slot, { name, common: commonOf(slot) })
  }
  return named
}

/** Its own name; where another schema has it, its service's before it, and then a number behind it. */
function freeName({ name, service }: Slot, taken: ReadonlySet<string>): string {
  const longer = pascalCase(service) + name
  for (let i = 1; ; i++) {
    const candidate = i === 1 ? name : i === 2 ? longer : `${longer}${i - 1}`
    if (!taken.has(candidate)) return candidate
  }
}

/** What all uses of a schema say of it; a default is a matter of each use. */
function commonOf({ said: [first = {}, ...others] }: Slot): JsonObject {
  const common = Object.entries(first).filter(
    ([key, value]) => key !== 'default' && others.every((one) => isSame(one[key], value)),
  )
  return Object.fromEntries(common)
}

/** What a use of a schema says that the schema itself does not. */
export function ownOf(said: JsonObject, common: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(said).filter(([key, value]) => !isSame(common[key], value)))
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
