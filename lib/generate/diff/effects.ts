import {
  worst,
  type Affected,
  type ApiChange,
  type ApiEffect,
  type ChangeLevel,
  type WireForm,
} from './finding.ts'

/** A change over one wire form, before it is known who counts. */
export interface Change {
  readonly rule: string
  readonly service: string
  readonly method?: string
  readonly part?: string
  readonly pointer?: string
  readonly message: string
  readonly old?: string | undefined
  readonly new?: string | undefined
  /** What it means to callers of before at the new server, and to events that they have left in a queue or a log. */
  readonly oldClients: ChangeLevel
  /** What it means to new callers at a server of before. */
  readonly newClients: ChangeLevel
  readonly isEvent?: boolean | undefined
  readonly isConstraint?: boolean | undefined
}

/** Which effects count. */
export interface Counting {
  readonly wires: readonly WireForm[]
  readonly whom: readonly Affected[]
}

/** Puts together what is the same change over several wire forms, and says what it means to whom. */
export function withEffects(
  found: Readonly<Record<WireForm, readonly Change[]>>,
  { wires, whom }: Counting,
): readonly ApiChange[] {
  const changes = new Map<string, { readonly change: Change; readonly effects: ApiEffect[] }>()
  for (const wire of wires)
    for (const change of found[wire]) {
      const { rule, service, method, part, pointer, message } = change
      const key = JSON.stringify([rule, service, method, part, pointer, message])
      const known = changes.get(key) ?? { change, effects: [] }
      changes.set(key, known)
      const isNew = ({ whom: who, wire: form }: ApiEffect): boolean =>
        !known.effects.some((one) => one.whom === who && one.wire === form)
      known.effects.push(...effectsOf(change, wire).filter(isNew))
    }
  return [...changes.values()].map(({ change, effects }) => {
    const {
      oldClients: _old,
      newClients: _new,
      isEvent: _event,
      isConstraint: _is,
      old,
      new: next,
      ...rest
    } = change
    const counted = effects.filter((effect) => whom.includes(effect.whom))
    return {
      level: worst(counted.map(({ level }) => level)),
      ...rest,
      ...(old !== undefined && { old }),
      ...(next !== undefined && { new: next }),
      effects,
    }
  })
}

function effectsOf({ oldClients, newClients, isEvent }: Change, wire: WireForm): readonly ApiEffect[] {
  const effect = (whom: Affected, level: ChangeLevel): readonly ApiEffect[] =>
    level === 'safe' ? [] : [{ whom, wire, level }]
  return [
    ...effect('old clients', oldClients),
    ...(isEvent === true ? effect('stored events', oldClients) : []),
    ...effect('new clients', newClients),
  ]
}
