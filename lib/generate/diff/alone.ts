import { isFilledIn, isNeeded, type Fields } from './fields.ts'
import type { ChangeLevel } from './finding.ts'
import type { Place } from './comparison.ts'
import { narrowsNothing, pointerTo, widensNothing, type SchemaChange } from './schema-change.ts'
import { schemaText } from './schema-words.ts'
import { inside } from './side.ts'

/** A property that only one side has. */
export function aloneChanges(
  [a, b]: readonly [old: Fields, next: Fields],
  key: string,
  owner: 'old' | 'new',
  { comparison, pointer }: Place,
): readonly SchemaChange[] {
  const [own, other] = owner === 'old' ? [a, b] : [b, a]
  const schema = own.properties.get(key)!
  const at = pointerTo(pointer, key)
  const isOutput = comparison.part === 'output'
  const isOld = owner === 'old'
  // What others say of such a key.
  const rivals = Object.entries(other.patterns)
    .filter(([pattern]) => matches(pattern, key))
    .map(([, one]) => one)
  if (rivals.length === 0 && typeof other.others === 'object') rivals.push(other.others)
  const compared = rivals.flatMap((rival) => {
    const [one, two] = isOld ? [schema, rival] : [rival, schema]
    return comparison.compare(inside(a.side, one), inside(b.side, two), at)
  })
  // From its owner to the other side: is it refused there, or dropped without a word?
  const dropped: ChangeLevel = isOutput ? 'safe' : 'risky'
  const there: ChangeLevel =
    rivals.length > 0
      ? (isOld ? narrowsNothing(compared) : widensNothing(compared))
        ? 'safe'
        : 'breaking'
      : other.others === false
        ? 'breaking'
        : other.others === undefined
          ? dropped
          : 'safe'
  // And back: it is missed, or what stands there is something else.
  const needed: ChangeLevel = isNeeded(own, key) ? 'breaking' : 'safe'
  const mayBeOther =
    rivals.length > 0 ? !(isOld ? widensNothing(compared) : narrowsNothing(compared)) : other.others === true
  const noLonger: ChangeLevel = isOld && isOutput ? 'risky' : 'safe'
  const badDefault = isFilledIn(own, key) && !own.side.root.accepts(schema, schema.default)
  const back: ChangeLevel = needed === 'breaking' || badDefault ? 'breaking' : mayBeOther ? 'risky' : noLonger
  const text = schemaText(schema)
  if (isOld)
    return [
      {
        rule: 'property-removed',
        pointer: at,
        old: text,
        message: 'it is gone',
        narrows: there,
        widens: back,
      },
    ]
  const isRequired = needed === 'breaking'
  return [
    {
      rule: isRequired ? 'required-property-added' : 'property-added',
      pointer: at,
      new: text,
      message: isRequired ? 'it is new, and required' : 'it is new',
      narrows: back,
      widens: there,
    },
  ]
}

function matches(pattern: string, key: string): boolean {
  return new RegExp(pattern, 'u').test(key)
}
