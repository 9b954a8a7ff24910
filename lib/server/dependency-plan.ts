import { isDependency, type Dependency, type DependencyTable } from '../core/dependency.ts'

/** What stands in for a dependency: another one, or a value. */
export type Overrides = ReadonlyMap<object, unknown>

/** One dependency to be made, behind those that it is made from. */
export interface PlannedDependency {
  readonly dependency: Dependency<unknown>
  /** Its parts by the name that its maker knows them by. */
  readonly parts: readonly (readonly [name: string, source: Source])[]
}

/** Where a value comes from: a dependency's key in its scope, or a constant that an override gave. */
export type Source = { readonly key: Dependency<unknown> } | { readonly value: unknown }

/** How a table of dependencies is resolved: what to make, in order, and what to hand out. */
export interface DependencyPlan {
  readonly request: readonly PlannedDependency[]
  readonly app: readonly PlannedDependency[]
  readonly gives: readonly (readonly [name: string, source: Source])[]
}

/** Plans a table once, when the app is composed. Throws for cycles and for app-scope dependencies made from request-scope ones. */
export function planDependencies(table: DependencyTable, overrides: Overrides): DependencyPlan {
  const request: PlannedDependency[] = []
  const app: PlannedDependency[] = []
  const planned = new Set<object>()

  const source = (dependency: unknown, path: readonly Dependency<unknown>[], name: string): Source => {
    const chosen = overrides.has(dependency as object) ? overrides.get(dependency as object) : dependency
    if (!isDependency(chosen)) {
      if (chosen !== dependency) return { value: chosen }
      throw new TypeError(`dependency "${name}" was not made by depends(); write depends(() => value)`)
    }
    plan(chosen, path, name)
    return { key: chosen }
  }
  const plan = (
    dependency: Dependency<unknown>,
    path: readonly Dependency<unknown>[],
    name: string,
  ): void => {
    if (path.includes(dependency)) {
      const cycle = [...path.slice(path.indexOf(dependency)), dependency].map((one) => one.label).join(' → ')
      throw new TypeError(
        `dependency cycle: ${cycle}; take one of them out of the other's parts, or make both from a third`,
      )
    }
    const parent = path.at(-1)
    if (parent?.scope === 'app' && dependency.scope === 'request') {
      throw new TypeError(
        `dependency "${parent.label}" lives as long as the app but is made from "${name}", which lives for one call; give "${name}" the scope "app", or "${parent.label}" the scope "request"`,
      )
    }
    if (planned.has(dependency)) return
    const parts = Object.entries(dependency.parts).map(
      ([part, one]) => [part, source(one, [...path, dependency], part)] as const,
    )
    planned.add(dependency)
    ;(dependency.scope === 'app' ? app : request).push({ dependency, parts })
  }

  const gives = Object.entries(table).map(
    ([name, dependency]) => [name, source(dependency, [], name)] as const,
  )
  return { request, app, gives }
}
