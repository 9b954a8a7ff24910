import { isBytes, type JsonSchema } from '../../core/schema/json-schema.ts'
import { identityOf } from '../json-schema/identity.ts'
import { compareArrays } from './arrays.ts'
import type { Place } from './comparison.ts'
import { compareNumbers } from './numbers.ts'
import { compareObjects } from './objects.ts'
import type { ChangeLevel } from './finding.ts'
import { isConstraint, type Branch } from './parts.ts'
import type { SchemaChange } from './schema-change.ts'
import { schemaText } from './schema-words.ts'
import type { Side } from './side.ts'
import { compareStrings } from './strings.ts'

type Pair = readonly [old: Side, next: Side]

/** Compares two schemas that are of one type each, or of any. */
export function compareLeaves(old: Branch, next: Branch, place: Place): readonly SchemaChange[] {
  const pair = [old.side, next.side] as const
  if (old.isOpaque || next.isOpaque) return opaqueChanges(pair, place)
  const [a, b] = [old.side.schema, next.side.schema]
  const types = [typeOf(a), typeOf(b)] as const
  const changes: SchemaChange[] = [...typeChanges(types, [a, b], place)]
  const both = (type: string): boolean =>
    types.every((one) => one === type || one === 'any' || (type === 'number' && one === 'integer'))
  if (types[0] !== types[1] && !both('number')) return changes
  if (types[0] !== types[1] && types.includes('any')) return changes
  if (both('string')) changes.push(...compareStrings(a, b, place.pointer))
  if (both('number')) changes.push(...compareNumbers(a, b, place.pointer))
  if (both('array')) changes.push(...compareArrays(...pair, place))
  if (both('object')) changes.push(...compareObjects(...pair, place))
  changes.push(...opaqueKeywordChanges(pair, place))
  return changes
}

/** The type of a schema that has one; bytes are no string. */
function typeOf(schema: JsonSchema): string {
  return isBytes(schema) ? 'bytes' : ((schema.type as string | undefined) ?? 'any')
}

function typeChanges(
  [one, two]: readonly [string, string],
  [a, b]: readonly [JsonSchema, JsonSchema],
  { pointer }: Place,
): readonly SchemaChange[] {
  const texts = { pointer, old: schemaText(a), new: schemaText(b) }
  const marks = [a, b].map((schema) => (schema as { 'x-microapi'?: string })['x-microapi'])
  const message = `the type changed from ${texts.old} to ${texts.new}`
  if (one !== two)
    return [
      {
        rule: 'type-changed',
        ...texts,
        message,
        narrows: levelOf(two, one, b),
        widens: levelOf(one, two, a),
      },
    ]
  // The same text in JSON, which becomes another value for handlers and callers, or none.
  if (marks[0] !== marks[1])
    return [{ rule: 'type-changed', ...texts, message, narrows: 'risky', widens: 'risky' }]
  return []
}

/** What becomes of values of a type where another one is expected. */
function levelOf(expected: string, type: string, schema: JsonSchema): ChangeLevel {
  if (expected === 'number' && type === 'integer') return 'safe'
  if (expected !== 'any') return 'breaking'
  return Object.keys(schema).some(isConstraint) ? 'risky' : 'safe'
}

const opaqueKeywords = [
  'not',
  'contains',
  'propertyNames',
  'if',
  'then',
  'else',
  'oneOf',
  'anyOf',
  'allOf',
  'dependencies',
] as const

/** Keywords whose effect nobody can tell but by trying: where they differ, it is not known what is accepted. */
function opaqueKeywordChanges([old, next]: Pair, { pointer }: Place): readonly SchemaChange[] {
  const texts = [old, next].map(({ schema, root }) => {
    const found = Object.entries(schema).filter(([key]) =>
      (opaqueKeywords as readonly string[]).includes(key),
    )
    return found.length === 0 ? '' : identityOf(Object.fromEntries(found) as JsonSchema, root.scope)
  })
  if (texts[0] === texts[1]) return []
  return [
    {
      rule: 'condition-changed',
      pointer,
      message: 'a condition changed of which it cannot be told what it accepts',
      narrows: texts[1] === '' ? 'safe' : 'risky',
      widens: texts[0] === '' ? 'safe' : 'risky',
      isConstraint: true,
    },
  ]
}

function opaqueChanges([old, next]: Pair, { pointer }: Place): readonly SchemaChange[] {
  const [a, b] = [old, next].map(({ schema, root, isRaw }) => `${isRaw} ${root.identity(schema)}`)
  if (a === b) return []
  return [
    {
      rule: 'schema-changed',
      pointer,
      old: schemaText(old.schema),
      new: schemaText(next.schema),
      message: 'the schema changed in a way of which it cannot be told what it accepts',
      narrows: 'risky',
      widens: 'risky',
    },
  ]
}
