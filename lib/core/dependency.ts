import type { Context } from './context.ts'
import type { Flat } from './schema/view.ts'

/** Where a dependency lives: resolved once for each call, or once for as long as the app runs. */
export type DependencyScope = 'request' | 'app'

/** What a dependency of the app's scope sees in place of a call. */
export interface AppContext {
  readonly version: number | string | undefined
  /** The names of the services. */
  readonly services: readonly string[]
}

/** Something that handlers are given: made on demand, cached in its scope, cleaned up behind its `yield`. */
export interface Dependency<T, Needs extends object = {}> {
  readonly scope: DependencyScope
  /** Other dependencies that it is made from. */
  readonly parts: DependencyTable
  readonly make: (parts: never, context: never) => unknown
  /** For messages: the maker's name. */
  readonly label: string
  readonly types?: { readonly value: T; readonly needs: (needs: Needs) => void }
}

/** Dependencies by the name under which they are given. */
export interface DependencyTable {
  // oxlint-disable-next-line typescript/no-explicit-any -- any value, any needs
  readonly [name: string]: Dependency<any, any>
}

/** What a table of dependencies adds to the context. */
export type Provided<D> = { readonly [K in keyof D]: D[K] extends Dependency<infer T, infer _> ? T : never }

/** What a table of dependencies needs of the context. */
export type NeedsOfTable<D> = Flat<
  Intersection<{ [K in keyof D]: D[K] extends Dependency<infer _, infer N> ? N : never }[keyof D]>
>

type Intersection<U> = ([U] extends [never] ? never : U extends unknown ? (one: U) => void : never) extends (
  all: infer I,
) => void
  ? I
  : {}

/** What a maker returns stands for: the yielded value of a generator, the value of a promise, or itself. */
export type Made<R> = R extends AsyncGenerator<infer T> | Generator<infer T> ? T : Awaited<R>

/** Options of {@link depends}. */
export interface DependencyOptions<S extends DependencyScope = DependencyScope> {
  /** `request` (the default) or `app`. */
  readonly scope?: S
}

const brand = Symbol('microapi.dependency')

/**
 * Declares a dependency. The maker returns the value, a promise of it, or is a generator that yields it once:
 * what stands behind the `yield` runs when the call (or the app) has ended, in reverse order, whether it went well or not.
 * The `yield` itself gives the error that ended the call, or undefined.
 * @example const pool = depends(async function* () { const p = await open(); yield p; await p.end() }, { scope: 'app' })
 * @example const repo = depends({ pool }, ({ pool }) => new UserRepository(pool))
 */
export function depends<R>(
  make: (app: AppContext) => R,
  options: DependencyOptions<'app'> & { readonly scope: 'app' },
): Dependency<Made<R>>
export function depends<R, N extends object = {}>(
  make: (context: Context<N>) => R,
  options?: DependencyOptions<'request'>,
): Dependency<Made<R>, N>
export function depends<D extends DependencyTable, R>(
  parts: D,
  make: (parts: Provided<D>, app: AppContext) => R,
  options: DependencyOptions<'app'> & { readonly scope: 'app' },
): Dependency<Made<R>>
export function depends<D extends DependencyTable, R, N extends object = {}>(
  parts: D,
  make: (parts: Provided<D>, context: Context<N>) => R,
  options?: DependencyOptions<'request'>,
): Dependency<Made<R>, NeedsOfTable<D> & N>
export function depends(...args: unknown[]): Dependency<unknown> {
  const [parts, make, options] =
    typeof args[0] === 'function'
      ? [{}, (_: unknown, context: unknown) => (args[0] as (context: unknown) => unknown)(context), args[1]]
      : [args[0], args[1], args[2]]
  if (typeof make !== 'function')
    throw new TypeError('depends() takes a function, or a table of dependencies and a function')
  const scope = (options as DependencyOptions | undefined)?.scope ?? 'request'
  const label = (typeof args[0] === 'function' ? args[0].name : make.name) || 'a dependency'
  const dependency = {
    [brand]: true,
    scope,
    parts: parts as DependencyTable,
    make: make as (parts: never, context: never) => unknown,
    label,
  }
  return dependency
}

/** Whether a value was made by {@link depends}. */
export function isDependency(value: unknown): value is Dependency<unknown> {
  return typeof value === 'object' && value !== null && brand in value
}
