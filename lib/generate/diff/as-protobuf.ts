import type { Change } from './effects.ts'
import type { ChangeLevel } from './finding.ts'
import type { ProtoComparison } from './proto-messages.ts'

type Found = Readonly<Record<'input' | 'output', ProtoComparison>>

/** What a change of a message's schema means to protobuf, where names and types are told by numbers already; none, or the same, or less. */
export function asProtobuf(change: Change, found: Found): readonly Change[] {
  const { rule, pointer = '', part, isConstraint = false } = change
  if (part !== 'input' && part !== 'output') return [change]
  const { fields, allKept, allKnown, changes, isJson } = found[part]
  // Of what is not even read nothing more is to be said.
  const isUnread = changes.some(
    (one) =>
      one.rule === 'wire-type-changed' &&
      one.narrows === 'breaking' &&
      one.widens === 'breaking' &&
      `${pointer}/`.startsWith(`${one.pointer}/`),
  )
  if (isUnread && rule !== 'property-required' && rule !== 'property-optional') return []
  if (isConstraint) return [change]
  const pair = pointer === '' && !isJson ? {} : fields.get(pointer)
  // JSON inside of protobuf goes by names.
  if (!pair) return isValue(rule) ? values(change, allKept, allKnown) : [change]
  switch (rule) {
    // Of several the last one is read.
    case 'exclusive-properties-changed':
      return []
    case 'type-changed':
    case 'other-keys-changed':
      return pair.old === undefined && pair.new === undefined
        ? []
        : typeChange(change, pair.old?.type, pair.new?.type)
    case 'property-removed':
    case 'property-added':
    case 'required-property-added':
    case 'property-required':
    case 'property-optional':
    case 'null-added':
    case 'null-removed':
      return [softened(change, [pair.old, pair.new])]
    default:
      return isValue(rule) ? values(change, allKept, allKnown) : [change]
  }
}

type Field = NonNullable<ReturnType<ProtoComparison['fields']['get']>>['old']

/** The type is told by the wire, save that of JSON inside of protobuf. */
function typeChange(
  change: Change,
  old: NonNullable<Field>['type'] | undefined,
  next: typeof old,
): readonly Change[] {
  const isJson = (type: typeof old): boolean =>
    type?.kind === 'known' && ['Value', 'Struct', 'ListValue'].includes(type.name)
  return isJson(old) && isJson(next) ? [change] : []
}

function isValue(rule: string): boolean {
  return /^(value|variant)-(added|removed)$/.test(rule)
}

/** Values and variants that have the numbers of before are the same ones under other names. */
function values(
  change: Change,
  allKept: ReadonlySet<string>,
  allKnown: ReadonlySet<string>,
): readonly Change[] {
  const { rule, pointer = '' } = change
  const isSame = rule.endsWith('removed') ? allKept.has(pointer) : allKnown.has(pointer)
  return isSame ? [] : [change]
}

/** What is not there is read as zero, an empty list or null where the field has one; what nobody knows is left out. */
function softened(change: Change, [old, next]: readonly [Field, Field]): Change {
  const { part, rule } = change
  const isRead = (field: Field): boolean => field !== undefined && field.absent !== 'nothing'
  const soften = (level: ChangeLevel, reader: Field): ChangeLevel =>
    level === 'breaking' && (reader === undefined || isRead(reader)) ? 'risky' : level
  // The readers of what old clients send or get: the new server; themselves.
  const [oldMeets, newMeets] = part === 'input' ? [next, old] : [old, next]
  const { oldClients, newClients } = change
  const [a, b] = [soften(oldClients, oldMeets), soften(newClients, newMeets)]
  const isDropped = rule === 'property-removed' || rule === 'property-added'
  return {
    ...change,
    oldClients: a,
    newClients: b,
    ...(isDropped && part === 'output' && dropped(rule, a, b)),
  }
}

/** An answer's new field is nothing to who does not know it. */
function dropped(rule: string, a: ChangeLevel, b: ChangeLevel): Pick<Change, 'oldClients' | 'newClients'> {
  return rule === 'property-added'
    ? { oldClients: 'safe', newClients: b }
    : { oldClients: a, newClients: 'safe' }
}
