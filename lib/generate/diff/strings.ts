import { isBytes, type JsonSchema } from '../../core/schema/json-schema.ts'
import type { ChangeLevel } from './finding.ts'
import { limitChanges } from './limits.ts'
import type { SchemaChange } from './schema-change.ts'

type StringSchema = JsonSchema & {
  readonly minLength?: number
  readonly maxLength?: number
  readonly pattern?: string
}

/** Formats whose every text has another one too. */
const wider: Readonly<Record<string, string>> = {
  uri: 'uri-reference',
  'date-time': 'iso-date-time',
  time: 'iso-time',
}

/** Compares what texts are accepted. Of bytes nothing is said but that they are some. */
export function compareStrings(a: StringSchema, b: StringSchema, pointer: string): readonly SchemaChange[] {
  if (isBytes(a) || isBytes(b)) return []
  return [
    ...limitChanges({
      rule: 'length',
      words: 'the length is at least',
      pointer,
      // No length and 0 are the same.
      old: a.minLength || undefined,
      next: b.minLength || undefined,
      isLeast: true,
    }),
    ...limitChanges({
      rule: 'length',
      words: 'the length is at most',
      pointer,
      old: a.maxLength,
      next: b.maxLength,
      isLeast: false,
    }),
    ...ruleChanges('pattern', [a.pattern, b.pattern], pointer, { narrows: 'risky', widens: 'risky' }),
    ...formatChanges(a, b, pointer),
  ]
}

/** Compares formats; they are of texts, some of numbers. */
export function formatChanges(
  { format: a }: JsonSchema,
  { format: b }: JsonSchema,
  pointer: string,
): readonly SchemaChange[] {
  return ruleChanges('format', [a, b], pointer, {
    narrows: a !== undefined && wider[a] === b ? 'safe' : 'breaking',
    widens: b !== undefined && wider[b] === a ? 'safe' : 'breaking',
  })
}

/** A rule that is there or not; `changed` says what it means where it is another one. */
function ruleChanges(
  name: 'pattern' | 'format',
  [a, b]: readonly [string | undefined, string | undefined],
  pointer: string,
  changed: { readonly narrows: ChangeLevel; readonly widens: ChangeLevel },
): readonly SchemaChange[] {
  if (a === b) return []
  const both = { pointer, old: a, new: b, isConstraint: true } as const
  if (a === undefined)
    return [
      {
        rule: `${name}-added`,
        ...both,
        message: `it has to be of the ${name} ${b}`,
        narrows: 'breaking',
        widens: 'safe',
      },
    ]
  if (b === undefined)
    return [
      {
        rule: `${name}-removed`,
        ...both,
        message: `it need not be of the ${name} ${a}`,
        narrows: 'safe',
        widens: 'breaking',
      },
    ]
  return [{ rule: `${name}-changed`, ...both, message: `the ${name} is ${b}, and was ${a}`, ...changed }]
}
