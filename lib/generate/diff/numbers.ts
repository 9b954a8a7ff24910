import type { JsonSchema } from '../../core/schema/json-schema.ts'
import type { SchemaChange } from './schema-change.ts'
import { formatChanges } from './strings.ts'

type NumberSchema = JsonSchema & {
  readonly minimum?: number
  readonly maximum?: number
  readonly exclusiveMinimum?: number
  readonly exclusiveMaximum?: number
  readonly multipleOf?: number
}

/** Compares what numbers are accepted. */
export function compareNumbers(a: NumberSchema, b: NumberSchema, pointer: string): readonly SchemaChange[] {
  return [
    ...boundChanges([least(a), least(b)], pointer, 'least'),
    ...boundChanges([most(a), most(b)], pointer, 'most'),
    ...multipleChanges(a, b, pointer),
    ...formatChanges(a, b, pointer),
  ]
}

interface Bound {
  readonly value: number
  readonly isExclusive: boolean
}

function least({ type, minimum = -Infinity, exclusiveMinimum = -Infinity }: NumberSchema): Bound {
  if (type === 'integer')
    return { value: Math.max(Math.ceil(minimum), Math.floor(exclusiveMinimum) + 1), isExclusive: false }
  const isExclusive = exclusiveMinimum >= minimum && exclusiveMinimum > -Infinity
  return { value: Math.max(minimum, exclusiveMinimum), isExclusive }
}

function most({ type, maximum = Infinity, exclusiveMaximum = Infinity }: NumberSchema): Bound {
  if (type === 'integer')
    return { value: Math.min(Math.floor(maximum), Math.ceil(exclusiveMaximum) - 1), isExclusive: false }
  const isExclusive = exclusiveMaximum <= maximum && exclusiveMaximum < Infinity
  return { value: Math.min(maximum, exclusiveMaximum), isExclusive }
}

function boundChanges(
  [old, next]: readonly [Bound, Bound],
  pointer: string,
  end: 'least' | 'most',
): readonly SchemaChange[] {
  if (old.value === next.value && old.isExclusive === next.isExclusive) return []
  const isNarrower =
    old.value === next.value
      ? next.isExclusive
      : end === 'least'
        ? next.value > old.value
        : next.value < old.value
  const text = ({ value, isExclusive }: Bound): string | undefined => {
    if (!Number.isFinite(value)) return undefined
    const sign = end === 'least' ? '>' : '<'
    return `${sign}${isExclusive ? '' : '='} ${value}`
  }
  const [was, is] = [text(old), text(next)]
  return [
    {
      rule: `range-${isNarrower ? 'narrowed' : 'widened'}`,
      pointer,
      old: was,
      new: is,
      message:
        is === undefined
          ? `it need not be ${was}`
          : `it has to be ${is}${was === undefined ? '' : `, and was ${was}`}`,
      narrows: isNarrower ? 'breaking' : 'safe',
      widens: isNarrower ? 'safe' : 'breaking',
      isConstraint: true,
    },
  ]
}

function multipleChanges(a: NumberSchema, b: NumberSchema, pointer: string): readonly SchemaChange[] {
  const [old, next] = [a.multipleOf, b.multipleOf]
  if (old === next) return []
  return [
    {
      rule: 'multiple-changed',
      pointer,
      ...(old !== undefined && { old: String(old) }),
      ...(next !== undefined && { new: String(next) }),
      message:
        next === undefined ? `it need not be a multiple of ${old}` : `it has to be a multiple of ${next}`,
      narrows: isMultiple(a, next) ? 'safe' : 'breaking',
      widens: isMultiple(b, old) ? 'safe' : 'breaking',
      isConstraint: true,
    },
  ]
}

/** Whether all that the schema accepts is a multiple. Of fractions nobody knows: 0.6 / 0.1 is no integer. */
function isMultiple(
  { type, multipleOf = type === 'integer' ? 1 : undefined }: NumberSchema,
  of: number | undefined,
): boolean {
  if (of === undefined) return true
  return multipleOf !== undefined && Number.isInteger(of) && Number.isInteger(multipleOf / of)
}
