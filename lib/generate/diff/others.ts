import type { JsonSchema } from '../../core/schema/json-schema.ts'
import type { Fields } from './fields.ts'
import type { ChangeLevel } from './finding.ts'
import type { Place } from './comparison.ts'
import { narrowsNothing, pointerTo, widensNothing, type SchemaChange } from './schema-change.ts'
import { inside } from './side.ts'

type Both = readonly [old: Fields, next: Fields]

/** Compares what keys may hold that are no properties. */
export function compareOthers([a, b]: Both, place: Place): readonly SchemaChange[] {
  const { comparison, pointer } = place
  const [patterns, others] = [Object.keys(a.patterns), Object.keys(b.patterns)]
  if (patterns.toSorted().join('\n') !== others.toSorted().join('\n')) return [unknown(pointer)]
  const changes = patterns.flatMap((pattern) =>
    comparison.compare(
      inside(a.side, a.patterns[pattern]!),
      inside(b.side, b.patterns[pattern]!),
      pointerTo(pointer, '*'),
    ),
  )
  const compared =
    typeof a.others === 'object' && typeof b.others === 'object'
      ? comparison.compare(inside(a.side, a.others), inside(b.side, b.others), pointerTo(pointer, '*'))
      : [asWhole(a, b, place)].flat()
  return [...changes, ...compared]
}

function asWhole(a: Fields, b: Fields, { comparison, pointer }: Place): readonly SchemaChange[] {
  const [one, two] = [a.others, b.others]
  if (one === two) return []
  const all: JsonSchema = {}
  // What may hold anything, beside a schema for it.
  const [old, next] = [one === true ? all : one, two === true ? all : two]
  if (typeof old === 'object' && typeof next === 'object') {
    const changes = comparison.compare(inside(a.side, old), inside(b.side, next), pointerTo(pointer, '*'))
    return changes.length === 0
      ? []
      : [
          change(pointer, a, b, [
            narrowsNothing(changes) ? 'safe' : 'breaking',
            widensNothing(changes) ? 'safe' : 'breaking',
          ]),
        ]
  }
  const isOutput = comparison.part === 'output'
  return [change(pointer, a, b, [passage(one, two, isOutput), passage(two, one, isOutput)])]
}

/** What becomes of other keys on their way from one side to the other. */
function passage(from: Fields['others'], to: Fields['others'], isOutput: boolean): ChangeLevel {
  if (from === false) return 'safe'
  // A server's answers hold no key that its schema does not know; callers may send what they like.
  if (from === undefined && isOutput) return 'safe'
  if (to === false) return 'breaking'
  if (from === undefined) return typeof to === 'object' ? 'risky' : 'safe'
  return to === undefined && !isOutput ? 'risky' : 'safe'
}

function change(
  pointer: string,
  a: Fields,
  b: Fields,
  [narrows, widens]: readonly [ChangeLevel, ChangeLevel],
): SchemaChange {
  const text = ({ others }: Fields): string =>
    others === undefined ? 'dropped' : others === false ? 'refused' : others === true ? 'kept' : 'checked'
  return {
    rule: 'other-keys-changed',
    pointer,
    old: text(a),
    new: text(b),
    message: `keys beside the properties are ${text(b)}, and were ${text(a)}`,
    narrows,
    widens,
  }
}

function unknown(pointer: string): SchemaChange {
  return {
    rule: 'other-keys-changed',
    pointer,
    message: 'the patterns of keys changed; it cannot be told what they accept',
    narrows: 'risky',
    widens: 'risky',
  }
}
