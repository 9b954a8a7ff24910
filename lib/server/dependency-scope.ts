import type { PlannedDependency, Source } from './dependency-plan.ts'

/** What dependencies were resolved to, by dependency. */
export type Resolved = Map<object, unknown>

/** Runs what stands behind the dependencies' `yield`s, the last made first. `error` is what ended the scope, if it failed. */
export type CleanUp = (error: unknown) => Promise<void>

/** Reads a value that a plan points at; the outer scope first, since what lives longer is made first. */
export function valueOf(source: Source, resolved: Resolved, outer: Resolved): unknown {
  if (!('key' in source)) return source.value
  return outer.has(source.key) ? outer.get(source.key) : resolved.get(source.key)
}

/**
 * Makes what a plan says, in order, into `resolved`. Resolves to the clean-up, or undefined where there is nothing to clean.
 * When one cannot be made, those before it are cleaned up and its error is thrown.
 */
export async function makeAll(
  plan: readonly PlannedDependency[],
  context: unknown,
  resolved: Resolved,
  outer: Resolved,
): Promise<CleanUp | undefined> {
  const opened: (AsyncGenerator | Generator)[] = []
  try {
    for (const { dependency, parts } of plan) {
      if (resolved.has(dependency)) continue
      const given = Object.fromEntries(
        parts.map(([name, source]) => [name, valueOf(source, resolved, outer)]),
      )
      const made = dependency.make(given as never, context as never)
      if (!isGenerator(made)) {
        resolved.set(dependency, await made)
        continue
      }
      const first = await made.next()
      if (first.done === true)
        throw new TypeError(`dependency "${dependency.label}" ended without a yield; it must yield its value`)
      opened.push(made)
      resolved.set(dependency, first.value)
    }
  } catch (error) {
    await closeAll(opened, error).catch(() => {
      // The failure to make it is what the caller has to know.
    })
    throw error
  }
  return opened.length === 0 ? undefined : (error) => closeAll(opened, error)
}

async function closeAll(opened: readonly (AsyncGenerator | Generator)[], error: unknown): Promise<void> {
  const failures: unknown[] = []
  for (const generator of opened.toReversed()) {
    try {
      // The yield gives the error: a transaction decides by it whether to commit or to roll back.
      const result = await generator.next(error)
      if (result.done !== true) {
        await generator.return(undefined)
        throw new TypeError('a dependency must yield once')
      }
    } catch (failure) {
      failures.push(failure)
    }
  }
  if (failures.length > 0) throw failures[0]
}

function isGenerator(value: unknown): value is AsyncGenerator | Generator {
  return (
    typeof value === 'object' &&
    value !== null &&
    (Symbol.asyncIterator in value || Symbol.iterator in value) &&
    'next' in value &&
    'return' in value &&
    'throw' in value
  )
}
