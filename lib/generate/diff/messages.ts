import type { NamedMethod } from '../json-schema/source.ts'
import { compareSchemas } from './compare.ts'
import type { Change } from './effects.ts'

/** What changed in what a method takes and gives. */
export function messageChanges(
  old: NamedMethod,
  next: NamedMethod,
  renamed: Readonly<
    Partial<Record<'input' | 'output', ReadonlyMap<string, ReadonlyMap<string, string>>>>
  > = {},
): readonly Change[] {
  const parts =
    old.kind === 'event' && next.kind === 'event' ? (['input'] as const) : (['input', 'output'] as const)
  return parts.flatMap((part) => {
    const aliases = renamed[part]
    const changes = compareSchemas(old[part], next[part], {
      part,
      ...(aliases && aliases.size > 0 && { renamed: aliases }),
    })
    return changes.map(({ narrows, widens, ...change }): Change => ({
      service: old.service,
      method: old.name,
      part,
      ...change,
      oldClients: part === 'input' ? narrows : widens,
      newClients: part === 'input' ? widens : narrows,
      isEvent: old.kind === 'event',
    }))
  })
}
