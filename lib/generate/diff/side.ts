import { compileChecks } from '../../core/schema/check.ts'
import { refOf, type JsonSchema } from '../../core/schema/json-schema.ts'
import { identityOf, scopeOf, type Scope } from '../json-schema/identity.ts'

/** A message's schema, whose parts refer to each other. */
export interface Root {
  readonly schema: JsonSchema
  readonly scope: Scope
  /** Whether a part of it accepts a value. */
  accepts(part: JsonSchema, value: unknown): boolean
  /** Text that parts of it, or of others, share only if they accept the same. */
  identity(part: JsonSchema): string
}

/** One of two schemas that are compared. */
export interface Side {
  readonly root: Root
  readonly schema: JsonSchema
  /** Below a union without a tag nothing is filled in before it is known which branch is meant. */
  readonly isRaw: boolean
}

/** Reads a message's schema. */
export function rootOf(schema: object): Root {
  const json = schema as JsonSchema
  const scope = scopeOf(json)
  const checks = new Map<JsonSchema, (value: unknown) => boolean>()
  const identities = new Map<JsonSchema, string>()
  let compiled: ReturnType<typeof compileChecks> | undefined
  return {
    schema: json,
    scope,
    accepts(part, value) {
      let check = checks.get(part)
      if (!check) {
        compiled ??= compileChecks(json)
        checks.set(part, (check = compiled.accepts(part)))
      }
      return check(value)
    },
    identity(part) {
      const known = identities.get(part) ?? identityOf(part, scope)
      identities.set(part, known)
      return known
    },
  }
}

/** The side whose schema is a part of this one's. */
export function inside(side: Side, schema: JsonSchema): Side {
  return { ...side, schema }
}

/** The side without a reference. Throws for one that leads nowhere. */
export function resolved(side: Side): Side {
  const seen = new Set<string>()
  let { schema } = side
  for (let ref = refOf(schema); ref !== undefined; ref = refOf(schema)) {
    const next = side.root.scope.get(ref)
    if (!next || seen.has(ref))
      throw new TypeError(`$ref "${ref}" points at no schema; put the one with that $id around it`)
    seen.add(ref)
    schema = next
  }
  return { ...side, schema }
}
