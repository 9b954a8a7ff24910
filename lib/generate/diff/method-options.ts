import { givesStream } from '../../core/kind.ts'
import type { NamedMethod } from '../json-schema/source.ts'
import type { Change } from './effects.ts'
import type { ChangeLevel } from './finding.ts'

/** What changed in what a method says of itself, and what that means. */
export function optionChanges(old: NamedMethod, next: NamedMethod): readonly Change[] {
  const at = { service: old.service, method: old.name, isEvent: old.kind === 'event' }
  return [
    ...idempotentChanges(old, next),
    ...fanoutChanges(old, next),
    ...keyChanges(old, next),
    ...cursorChanges(old, next),
    ...deprecatedChanges(old, next),
  ].map((change) => ({ ...at, ...change }))
}

type OptionChange = Omit<Change, 'service' | 'method' | 'isEvent'>

function idempotentChanges({ options: old }: NamedMethod, { options: next }: NamedMethod): OptionChange[] {
  if (old.idempotent !== true || next.idempotent === true) return []
  return [
    {
      rule: 'no-longer-idempotent',
      message: 'clients of before call again when an answer was lost, and now that may do harm',
      oldClients: 'risky',
      newClients: 'safe',
    },
  ]
}

function fanoutChanges({ options: old }: NamedMethod, { kind, options: next }: NamedMethod): OptionChange[] {
  if (old.fanout === next.fanout || kind !== 'event') return []
  return [
    {
      rule: 'fanout-changed',
      old: String(old.fanout === true),
      new: String(next.fanout === true),
      message: 'who shares an event is another one now',
      oldClients: 'risky',
      newClients: 'risky',
    },
  ]
}

function deprecatedChanges({ options: old }: NamedMethod, { options: next }: NamedMethod): OptionChange[] {
  if (old.deprecated === true || next.deprecated !== true) return []
  return [
    {
      rule: 'method-deprecated',
      message: 'the method is deprecated now',
      oldClients: 'safe',
      newClients: 'safe',
    },
  ]
}

/** What a change of a function means, told by what has become of it. */
type Meanings = Readonly<Record<Fate, readonly [message: string, old: ChangeLevel, next: ChangeLevel]>>
type Fate = 'added' | 'removed' | 'changed'

const keyMeanings: Meanings = {
  added: [
    'it has a key now: over Kafka the messages of clients of before have none, and are in no order',
    'risky',
    'safe',
  ],
  removed: [
    'it has no key any more: over Kafka what belongs together is no longer handled in its order',
    'risky',
    'risky',
  ],
  changed: [
    'another function makes its key: over Kafka what belongs together may no longer be handled in its order',
    'risky',
    'risky',
  ],
}

/** Clients put the key on a message; what two of them put there differently is in no order. */
function keyChanges(old: NamedMethod, next: NamedMethod): OptionChange[] {
  // It means nothing for streams.
  const hasKey = ({ kind }: NamedMethod): boolean => kind === 'unary' || kind === 'event'
  return hasKey(old) && hasKey(next) ? functionChanges('key', old, next, keyMeanings) : []
}

const cursorMeanings: Meanings = {
  added: [
    'it has a cursor now: new clients go on behind the last item, and a server of before may begin anew',
    'safe',
    'risky',
  ],
  removed: [
    'it has no cursor any more: clients of before go on behind the last item, and now may have all of them again',
    'risky',
    'safe',
  ],
  changed: [
    'another function makes its cursor: who goes on behind an item may miss some, or have some again',
    'risky',
    'risky',
  ],
}

function cursorChanges(old: NamedMethod, next: NamedMethod): OptionChange[] {
  const isStream = givesStream(old.kind) && givesStream(next.kind)
  return isStream ? functionChanges('cursor', old, next, cursorMeanings) : []
}

function functionChanges(
  name: 'key' | 'cursor',
  old: NamedMethod,
  next: NamedMethod,
  meanings: Meanings,
): OptionChange[] {
  const fate = fateOf(old.options[name], next.options[name])
  if (fate === undefined) return []
  const [message, oldClients, newClients] = meanings[fate]
  return [{ rule: `${name}-${fate}`, message, oldClients, newClients }]
}

/** A description says only that there is a function: what it does can be compared between two apps or contracts alone. */
function fateOf(old: unknown, next: unknown): Fate | undefined {
  const [had, has] = [old, next].map((one) => one !== undefined && one !== false)
  if (!had && !has) return undefined
  if (!had) return 'added'
  if (!has) return 'removed'
  const isKnown = typeof old === 'function' && typeof next === 'function'
  return isKnown && String(old) !== String(next) ? 'changed' : undefined
}
