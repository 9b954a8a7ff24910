import type { ChangeLevel } from './finding.ts'

/**
 * A difference between two schemas, seen from both sides. `narrows`: values that the old one accepts and the new one refuses, or
 * reads otherwise; `widens`: the other way round.
 */
export interface SchemaChange {
  readonly rule: string
  readonly pointer: string
  readonly message: string
  readonly old?: string | undefined
  readonly new?: string | undefined
  readonly narrows: ChangeLevel
  readonly widens: ChangeLevel
  /** It is about what a value may be, not about names and types, so that it holds for every wire form. */
  readonly isConstraint?: boolean
}

/** A step of a JSON pointer. */
export function pointerTo(pointer: string, key: string): string {
  return `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`
}

/** Whether no old value is refused. */
export function narrowsNothing(changes: readonly SchemaChange[]): boolean {
  return changes.every(({ narrows }) => narrows === 'safe')
}

/** Whether no new value is refused by who knows the old schema. */
export function widensNothing(changes: readonly SchemaChange[]): boolean {
  return changes.every(({ widens }) => widens === 'safe')
}
