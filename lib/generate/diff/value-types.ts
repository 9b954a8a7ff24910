import { jsonType, type Branch, type Parts } from './parts.ts'

/** The type of a branch's values in JSON; `any` where it says none, or cannot be told. */
export function typeOf({ side, isOpaque }: Branch): string {
  return isOpaque ? 'any' : ((side.schema.type as string | undefined) ?? 'any')
}

/** The types of all that a value may be. */
export function typesOf({ hasNull, values, branches }: Parts): readonly string[] {
  return [...(hasNull ? ['null'] : []), ...values.map(jsonType), ...branches.map(typeOf)]
}

/** Whether a value may be of both types. */
export function overlaps(one: string, other: string): boolean {
  const numbers = ['integer', 'number']
  return (
    one === other || one === 'any' || other === 'any' || (numbers.includes(one) && numbers.includes(other))
  )
}
