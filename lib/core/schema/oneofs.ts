import type { FieldOptions } from './field.ts'
import type { JsonSchema } from './json-schema.ts'

/** Properties of an object of which at most one may be there, by the name of what they share. */
export type Oneofs = Readonly<Record<string, readonly string[]>>

/** What `field(…, { oneof })` says of an object's properties; undefined where that forbids nothing. */
export function oneofsOf({ properties = {} }: JsonSchema): Oneofs | undefined {
  const groups: Record<string, string[]> = {}
  for (const [key, property] of Object.entries(properties)) {
    const { oneof } = (property as { protoFieldOptions?: FieldOptions }).protoFieldOptions ?? {}
    if (oneof !== undefined) (groups[oneof] ??= []).push(key)
  }
  const several = Object.entries(groups).filter(([, keys]) => keys.length > 1)
  return several.length === 0 ? undefined : Object.fromEntries(several)
}

/** What is wrong with an object that holds two of them; undefined where nothing is. */
export function brokenOneof(oneofs: Oneofs, value: Readonly<Record<string, unknown>>): string | undefined {
  for (const [name, keys] of Object.entries(oneofs)) {
    const [one, other] = keys.filter((key) => value[key] !== undefined)
    if (other !== undefined)
      return `holds ${JSON.stringify(one)} and ${JSON.stringify(other)}, of which at most one may be there: they are the oneof ${name}`
  }
  return undefined
}

/** Each two properties that may not be there together, in the order of the schema. */
export function exclusivePairs(schema: JsonSchema): readonly (readonly [string, string])[] {
  return Object.values(oneofsOf(schema) ?? {}).flatMap((keys) =>
    keys.flatMap((one, i) => keys.slice(i + 1).map((other) => [one, other] as const)),
  )
}
