import type { CheckFailure } from './check.ts'
import type { JsonSchema } from './json-schema.ts'
import { isDict } from './pick.ts'
import { placeOf, type Place } from './place.ts'

/** What stands where something sensitive stood. */
export const redactedText = '[redacted]'

/** Keeps out of sight what a schema marks `sensitive: true`. */
export interface Sensitive {
  /**
   * A copy of a value in JSON form without it. The value need not fit the schema: what stands in the wrong place, or under
   * a key that the schema does not know, may be something sensitive that was misplaced.
   */
  redact(value: unknown): unknown
  /** A failed check without what it tells of it. */
  hide(failure: CheckFailure): CheckFailure
}

/** Made once for each schema; undefined for one that marks nothing. */
export function sensitiveIn(root: JsonSchema): Sensitive | undefined {
  const place = placeOf(root)
  if (!place.holds) return undefined
  return {
    redact(value) {
      try {
        return shownAt(place, value)
      } catch {
        // In process a value may be nested deeper than the stack goes.
        return redactedText
      }
    },
    hide: (failure) => discreet(place, failure),
  }
}

const redactions = new WeakMap<object, (value: unknown) => unknown>()

/** Says how a value is to be shown in logs, which has to stay whole for its receiver. */
export function showAs(value: unknown, redact: ((value: unknown) => unknown) | undefined): void {
  if (redact && typeof value === 'object' && value !== null) redactions.set(value, redact)
}

/** A value as logs may show it: what {@link showAs} has said, else the value itself. */
export function redacted(value: unknown): unknown {
  const redact = typeof value === 'object' && value !== null ? redactions.get(value) : undefined
  return redact ? redact(value) : value
}

function shownAt(place: Place, value: unknown): unknown {
  if (value === undefined) return undefined
  if (place.isSensitive) return redactedText
  if (!place.holds) return value
  if (Array.isArray(value))
    return value.map((item, i) => {
      const inner = place.item(i)
      return inner ? shownAt(inner, item) : redactedText
    })
  if (isDict(value)) {
    const shown = Object.entries(value).flatMap(([key, item]): [string, unknown][] => {
      const inner = place.at(key)
      return inner ? [[key, shownAt(inner, item)]] : []
    })
    return Object.fromEntries(shown)
  }
  return place.takes(value) ? value : redactedText
}

/** Keywords whose messages name the values that are allowed, or keys within. */
const telling = new Set(['const', 'enum', 'anyOf', 'oneofs'])

function discreet(root: Place, failure: CheckFailure): CheckFailure {
  const { pointer, keyword } = failure
  // It says what it likes, and not of which part.
  if (keyword === 'transform') return { pointer, keyword, message: 'cannot be converted' }
  const steps = pointer.split('/').slice(1)
  let place: Place | undefined = root
  for (let i = 0; place; i++) {
    if (place.isSensitive) {
      // Keys within are part of what is sensitive.
      const isWhole = i === steps.length
      const cut = ['', ...steps.slice(0, i)].join('/')
      if (!isWhole) return { pointer: cut, keyword, message: 'holds what its schema forbids' }
      return telling.has(keyword)
        ? { pointer, keyword, message: 'is none of the values allowed here' }
        : failure
    }
    const step = steps[i]
    if (step === undefined) break
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~')
    place = place.at(key) ?? place.item(Number(step))
  }
  return failure
}
