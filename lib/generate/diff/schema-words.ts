import { isBytes, refOf, type JsonSchema } from '../../core/schema/json-schema.ts'
import { isAutomaticId } from '../json-schema/names.ts'

/** A JSON value as text, cut where it is long. */
export function valueText(value: unknown): string {
  const text = JSON.stringify(value) ?? 'undefined'
  return text.length > 60 ? `${text.slice(0, 57)}…` : text
}

/** Some JSON values as text. */
export function valuesText(values: readonly unknown[]): string {
  return values.map(valueText).join(', ')
}

/** What a schema is, in a few words: `integer`, `date-time`, `User`, `string | null`. */
export function schemaText(schema: JsonSchema): string {
  const ref = refOf(schema)
  if (ref !== undefined) return isAutomaticId(ref) ? 'object' : ref
  const { $id, anyOf, allOf, type, format, properties } = schema
  if ($id !== undefined && !isAutomaticId($id)) return $id
  if (isBytes(schema)) return 'bytes'
  const mark = (schema as { 'x-microapi'?: string })['x-microapi']
  if (mark !== undefined) return mark
  if (schema.const !== undefined) return valueText(schema.const)
  const { enum: values } = schema as { enum?: readonly unknown[] }
  if (values) return values.map(valueText).join(' | ')
  if (anyOf) return anyOf.map(schemaText).join(' | ')
  if (allOf) return allOf.map(schemaText).join(' & ')
  if (type === 'array') {
    const { items } = schema
    if (items === undefined) return 'list'
    return Array.isArray(items)
      ? `[${(items as JsonSchema[]).map(schemaText).join(', ')}]`
      : `list of ${schemaText(items as JsonSchema)}`
  }
  if (type === 'object') return properties ? 'object' : 'record'
  if (type === undefined) return 'anything'
  const nullable = (schema as { nullable?: boolean }).nullable === true ? ['null'] : []
  const types = [type, nullable].flat().join(' | ')
  return format === undefined ? types : `${types} (${format})`
}
