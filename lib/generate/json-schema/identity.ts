import { refOf, type JsonSchema } from '../../core/schema/json-schema.ts'
import { keywords } from './keywords.ts'

/** Schemas that can be referred to by name. */
export type Scope = ReadonlyMap<string, JsonSchema>

/** The names that a message's schema, and what is in it, can refer to. */
export function scopeOf(root: object): Scope {
  const scope = new Map<string, JsonSchema>()
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    const { $id, $ref, $defs } = value as JsonSchema
    if (typeof $id === 'string' && $ref === undefined && !scope.has($id)) scope.set($id, value)
    for (const [name, one] of Object.entries(Object($defs) as Record<string, JsonSchema>))
      if (!scope.has(name)) scope.set(name, one)
    for (const one of Object.values(value)) visit(one)
  }
  visit(root)
  return scope
}

/** What is said of a use of a schema, not of what it accepts. */
const ofUse = new Set(['$defs', 'protoField', 'protoFieldOptions'])

/**
 * Text that two schemas share only if they accept the same and are the same inside, by what they refer to as well.
 * Their own annotations do not count.
 */
export function identityOf(schema: JsonSchema, scope: Scope): string {
  const seen = new Set<string>()
  const texts: string[] = []
  const add = (one: JsonSchema): void => {
    const found: string[] = []
    const text = JSON.stringify(one, function (this: unknown, key: string, value: unknown) {
      if (this === one && (keywords.annotations.has(key) || ofUse.has(key))) return undefined
      const ref = key === '$ref' && typeof value === 'string' ? refOf({ $ref: value }) : undefined
      if (ref !== undefined) found.push(ref)
      return value
    })
    texts.push(text)
    for (const name of found) {
      if (seen.has(name)) continue
      seen.add(name)
      const target = scope.get(name)
      if (target && target !== schema) add(target)
    }
  }
  add(schema)
  return texts.join('\n')
}
