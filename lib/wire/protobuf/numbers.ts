import { isFieldNumber } from '../../core/schema/field.ts'
import type { ProtoEnum, ProtoMessage, ProtoModel, Reserved } from './model.ts'

/** The numbers of one message or enum: its fields by name, an enum's values by their strings. */
export interface LockedNumbers {
  readonly fields: Readonly<Record<string, number>>
  /** Numbers of what was deleted; they are never given again. */
  readonly reserved: readonly number[]
}

/** What `proto.lock.json` holds: numbers that were given once, by the full names of messages and enums. */
export interface ProtoLock {
  readonly [fullName: string]: LockedNumbers
}

/**
 * Gives every field its number: the pinned one, else the locked one, else the lowest that is free, in order of
 * declaration. The new lock holds the old one's numbers too: what is no longer there is reserved. Throws where a pin
 * contradicts the lock.
 */
export function resolveNumbers(
  model: ProtoModel,
  lock: ProtoLock = {},
): { readonly model: ProtoModel; readonly lock: ProtoLock } {
  const next = new Map(Object.entries(lock))
  const resolveEnum = (one: ProtoEnum): ProtoEnum => {
    const wanted = one.values.map(({ text, number }) => ({ name: text, number }))
    const { numbers, reserved } = assign(one, wanted, next)
    return { ...one, reserved, values: one.values.map((value, i) => ({ ...value, number: numbers[i] })) }
  }
  const resolve = (message: ProtoMessage): ProtoMessage => {
    const { numbers, reserved } = assign(message, message.fields, next)
    return {
      ...message,
      reserved,
      fields: message.fields.map((field, i) => ({ ...field, number: numbers[i] })),
      messages: message.messages.map(resolve),
      enums: message.enums.map(resolveEnum),
    }
  }
  const files = model.files.map((file) => ({
    ...file,
    messages: file.messages.map(resolve),
    enums: file.enums.map(resolveEnum),
  }))
  return { model: { files }, lock: Object.fromEntries(next) }
}

interface Wanted {
  readonly name: string
  readonly number?: number | undefined
}

function assign(
  { fullName, reserved: kept }: { readonly fullName: string; readonly reserved: Reserved },
  wanted: readonly Wanted[],
  lock: Map<string, LockedNumbers>,
): { numbers: readonly number[]; reserved: Reserved } {
  const before = lock.get(fullName) ?? { fields: {}, reserved: [] }
  const locked = new Map(Object.entries(before.fields))
  const isKept = (number: number): boolean => kept.ranges.some(([from, to]) => number >= from && number <= to)
  const names = new Set(wanted.map(({ name }) => name))
  const gone = [...locked].filter(([name]) => !names.has(name)).map(([, number]) => number)
  const reserved = [...new Set([...before.reserved, ...gone])].toSorted((a, b) => a - b)
  const pinned = new Map<string, number>()
  for (const { name, number = locked.get(name) } of wanted) {
    if (number !== undefined) pinned.set(name, number)
  }
  for (const [name, number] of pinned) {
    if (isKept(number) || kept.names.includes(name))
      throw new TypeError(
        `${fullName}: "${name}" with the number ${number} is reserved by proto: { reserved }; pin another, or take it out there`,
      )
    const was = locked.get(name)
    if (was !== undefined && was !== number)
      throw new TypeError(
        `${fullName}: "${name}" is pinned to ${number}, and proto.lock.json gave it ${was}; who has it as ${was} would read it no more: pin that, or take it out of the lock`,
      )
    if (reserved.includes(number))
      throw new TypeError(
        `${fullName}: "${name}" has the number ${number}, which was another field's once; pin another, or take it out of "reserved" in proto.lock.json`,
      )
    const twin = [...pinned].find(([other, taken]) => other !== name && taken === number)
    if (twin)
      throw new TypeError(
        `${fullName}: "${name}" and "${twin[0]}" both have the number ${number}; pin another for one`,
      )
  }
  const used = new Set([...pinned.values(), ...reserved])
  let next = 1
  const numbers = wanted.map(({ name }) => {
    const known = pinned.get(name)
    if (known !== undefined) return known
    while (used.has(next) || !isFieldNumber(next) || isKept(next)) next++
    used.add(next)
    return next
  })
  const fields = Object.fromEntries(wanted.map(({ name }, i) => [name, numbers[i]!]))
  if (wanted.length > 0 || reserved.length > 0) lock.set(fullName, { fields, reserved })
  const more = reserved.filter((number) => !isKept(number)).map((number) => [number, number] as const)
  return { numbers, reserved: { ...kept, ranges: [...kept.ranges, ...more] } }
}
