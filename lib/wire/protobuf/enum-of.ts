import { reservedBy, type Annotation, type EnumValueOption } from './annotation.ts'
import { ownName, takeExactly, type Draft } from './draft.ts'
import type { ProtoEnum, ProtoEnumValue, Remarks } from './model.ts'
import { checkName, constantName } from './names.ts'

/** What an enum is made of. */
export interface EnumParts {
  readonly fullName: string
  readonly texts: readonly string[]
  /** What is said of its values, by their strings. */
  readonly told: ReadonlyMap<string, Remarks>
  readonly remarks: Remarks
  readonly annotation: Annotation
  readonly path: string
}

/**
 * Makes an enum of strings. Its values' names begin with its own unless they are given: they share one scope with those of
 * its siblings. Throws for what is said of values that it does not have.
 */
export function enumOf(
  host: Draft,
  { fullName, texts, told, remarks, annotation, path }: EnumParts,
): ProtoEnum {
  const given = new Map(Object.entries(annotation.values ?? {}))
  checkValues(given, texts, path)
  const name = namer(host, fullName)
  const hasZero = [...given.values()].some((value) => numberOf(value) === 0)
  const unspoken = hasZero ? undefined : (zeroName(host, annotation, path) ?? name('UNSPECIFIED'))
  const values = texts.map((text): ProtoEnumValue => {
    const value = given.get(text)
    if (value === undefined) return { name: name(constantName(text)), text, ...told.get(text) }
    const own = typeof value === 'number' ? { name: text, number: value } : value
    checkName(own.name, path)
    takeExactly(host, own.name, { path, called: `the enum's value "${own.name}"` })
    return { ...own, text, ...told.get(text) }
  })
  const zero = values.find(({ number }) => number === 0)
  return {
    name: ownName(fullName),
    fullName,
    ...(annotation.file !== undefined && { file: annotation.file }),
    zero: zero ?? { name: unspoken! },
    values: values.filter((value) => value !== zero),
    reserved: reservedBy(annotation),
    ...remarks,
  }
}

function checkValues(
  given: ReadonlyMap<string, EnumValueOption>,
  texts: readonly string[],
  path: string,
): void {
  const byNumber = new Map<number, string>()
  for (const [text, value] of given) {
    const number = numberOf(value)
    if (!texts.includes(text))
      throw new TypeError(
        `${path}: proto: { values } has ${JSON.stringify(text)}, which is none of its strings: ${texts.join(', ')}`,
      )
    if (!Number.isInteger(number) || Math.abs(number + 0.5) > 2 ** 31)
      throw new TypeError(`${path}: proto: { values }: ${number} is no 32-bit integer`)
    const other = byNumber.get(number)
    if (other !== undefined)
      throw new TypeError(
        `${path}: proto: { values }: "${other}" and "${text}" are both ${number}, and one number has one string; leave one out`,
      )
    byNumber.set(number, text)
  }
}

function numberOf(value: EnumValueOption): number {
  return typeof value === 'number' ? value : value.number
}

function zeroName(host: Draft, { zero }: Annotation, path: string): string | undefined {
  if (zero !== undefined) takeExactly(host, zero, { path, called: `the enum's value "${zero}"` })
  return zero
}

function namer({ taken }: Draft, fullName: string): (text: string) => string {
  const prefix = constantName(ownName(fullName))
  const seen = new Set<string>()
  return (text) => {
    const base = `${prefix}_${text}`
    for (let i = 1; ; i++) {
      const name = i === 1 ? base : `${base}_${i}`
      // protoc refuses values that differ in underscores only.
      const plain = name.replaceAll('_', '')
      if (seen.has(plain) || taken.has(name)) continue
      seen.add(plain)
      taken.add(name)
      return name
    }
  }
}
