import type { SchemaChange } from './schema-change.ts'

/** A limit before and after; undefined where there is none. */
export interface LimitChange {
  readonly rule: string
  /** What is limited, as in `the length is at most`. */
  readonly words: string
  readonly pointer: string
  readonly old: number | undefined
  readonly next: number | undefined
  /** Whether it is the least that is allowed, not the most. */
  readonly isLeast: boolean
}

/** Compares limits. */
export function limitChanges({
  rule,
  words,
  pointer,
  old,
  next,
  isLeast,
}: LimitChange): readonly SchemaChange[] {
  if (old === next) return []
  const endless = isLeast ? -Infinity : Infinity
  const grew = (next ?? endless) > (old ?? endless)
  const isNarrower = grew === isLeast
  return [
    {
      rule: `${rule}-${isNarrower ? 'narrowed' : 'widened'}`,
      pointer,
      ...(old !== undefined && { old: String(old) }),
      ...(next !== undefined && { new: String(next) }),
      message:
        next === undefined
          ? `${words} ${old} no longer`
          : `${words} ${next}${old === undefined ? ' now' : `, and was ${old}`}`,
      narrows: isNarrower ? 'breaking' : 'safe',
      widens: isNarrower ? 'safe' : 'breaking',
      isConstraint: true,
    },
  ]
}
