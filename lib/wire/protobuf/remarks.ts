import type { JsonSchema } from '../../core/schema/json-schema.ts'
import type { Remarks } from './model.ts'

interface Described extends JsonSchema {
  readonly title?: unknown
  readonly description?: unknown
  readonly deprecated?: unknown
}

/** What a schema says to people. */
export function remarksOf(schema: JsonSchema, ...more: readonly string[]): Remarks {
  const { title, description, deprecated } = schema as Described
  const lines = [title, description, ...more].filter((line) => typeof line === 'string' && line !== '')
  return {
    ...(lines.length > 0 && { comment: lines.join('\n') }),
    ...(deprecated === true && { deprecated }),
  }
}

/** What a field says to people: of a message its own type speaks. */
export function fieldRemarks(schema: JsonSchema, isMessage: boolean): Remarks {
  const { deprecated } = schema as Described
  const text = schema.default === undefined ? undefined : JSON.stringify(schema.default)
  const more = text !== undefined && text.length <= 80 ? [`Default: ${text}`] : []
  if (!isMessage) return remarksOf(schema, ...more)
  return { ...(more.length > 0 && { comment: more[0] }), ...(deprecated === true && { deprecated }) }
}
