import type { JsonSchema } from './json-schema.ts'

/** The property that tells a union's branches apart, and its value in each branch, in order. */
export interface Tag {
  readonly key: string
  readonly values: readonly unknown[]
}

/** Finds the tag of a union of objects: a required literal that every branch has, with a value of its own in each. */
export function tagOf(branches: readonly JsonSchema[]): Tag | undefined {
  const [first, ...rest] = branches
  if (!first?.properties || rest.length === 0) return undefined
  for (const key of Object.keys(first.properties)) {
    const values = branches.map((branch) =>
      branch.required?.includes(key) ? branch.properties?.[key]?.const : undefined,
    )
    if (!values.includes(undefined) && new Set(values).size === values.length) return { key, values }
  }
  return undefined
}
