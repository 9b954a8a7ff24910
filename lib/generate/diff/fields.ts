import type { JsonSchema } from '../../core/schema/json-schema.ts'
import { anyKey } from '../../core/schema/record.ts'
import type { Side } from './side.ts'

/** What an object may have. */
export interface Fields {
  readonly side: Side
  readonly properties: ReadonlyMap<string, JsonSchema>
  readonly required: ReadonlySet<string>
  /** What keys may hold that are no properties: nothing, anything, a schema. Undefined: anything, and nobody sees it. */
  readonly others: boolean | JsonSchema | undefined
  /** What keys of a pattern may hold. */
  readonly patterns: Readonly<Record<string, JsonSchema>>
}

/** Reads an object's schema. */
export function fieldsOf(side: Side): Fields {
  const { properties = {}, required = [], additionalProperties, patternProperties = {} } = side.schema
  const { [anyKey]: values, ...more } = patternProperties
  const isRecord =
    values !== undefined && Object.keys(more).length === 0 && Object.keys(properties).length === 0
  return {
    side,
    properties: new Map(Object.entries(properties)),
    required: new Set(required),
    others: isRecord ? values : others(additionalProperties, patternProperties),
    patterns: isRecord ? {} : patternProperties,
  }
}

/** What stands beside patterns is kept. */
function others(
  additional: boolean | JsonSchema | undefined,
  patterns: object,
): boolean | JsonSchema | undefined {
  return additional === undefined && Object.keys(patterns).length > 0 ? true : additional
}

/** Whether who reads it puts its default there before it is checked. */
export function isFilledIn({ side, properties, patterns }: Fields, key: string): boolean {
  return !side.isRaw && properties.get(key)?.default !== undefined && Object.keys(patterns).length === 0
}

/** Whether who reads an object refuses one without it. */
export function isNeeded(fields: Fields, key: string): boolean {
  return fields.required.has(key) && !isFilledIn(fields, key)
}

/** Whether it is in every object that is sent; `fills` where the one who sends fills in defaults. */
export function isSent(fields: Fields, key: string, fills: boolean): boolean {
  if (fields.properties.get(key)?.default === undefined) return fields.required.has(key)
  return fills ? isFilledIn(fields, key) : fields.required.has(key) && fields.side.isRaw
}
