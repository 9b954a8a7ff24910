import type { Call, Invoke, Reply } from './call.ts'
import type { DependencyTable } from './dependency.ts'
import type { Flat } from './schema/view.ts'

/**
 * A pure function around the rest of the call. What it adds to the context is typed, what it needs is checked where it is used.
 * @example const auth: Middleware<{ user: User }> = async (call, next) => next(call.with({ user: await verify(call) }))
 */
export type Middleware<Adds extends object = {}, Needs extends object = {}> = (
  call: Call<Needs>,
  next: Invoke<Needs & Adds>,
) => Promise<Reply>

/** Middleware behind the seam, where the types are known to the builder only. */
export type ErasedMiddleware = (call: Call, next: Invoke) => Promise<Reply>

/** One ring around a handler: middleware, or dependencies to be resolved. */
export type Layer = { readonly middleware: ErasedMiddleware } | { readonly provide: DependencyTable }

/**
 * Wraps `next` in one middleware. Composed once; per call it watches that `next` is called no more than once.
 */
export function wrap(middleware: ErasedMiddleware, next: Invoke): Invoke {
  const name = middleware.name || 'a middleware'
  return (call) => {
    let called = false
    return middleware(call, (changed) => {
      if (called)
        return Promise.reject(new TypeError(`${name} called next() twice; a call can go on only once`))
      called = true
      if (changed === undefined)
        return Promise.reject(new TypeError(`${name} called next() without the call; write next(call)`))
      return next(changed)
    })
  }
}

/** Wraps `invoke` in middleware, the first being the outermost. */
export function compose(middleware: readonly ErasedMiddleware[], invoke: Invoke): Invoke {
  return middleware.reduceRight<Invoke>((next, one) => wrap(one, next), invoke)
}

/** Checks what came back through middleware; `undefined` is the trace of a forgotten `return` or `await`. */
export function assertReply(reply: unknown, middleware: () => string): asserts reply is Reply {
  if (typeof reply === 'object' && reply !== null && 'output' in reply) return
  throw new TypeError(
    `a middleware gave no reply; each must \`return next(call)\` or await and return it: ${middleware()}`,
  )
}

/** Any middleware, for signatures that read its two types with {@link AddsOf} and {@link NeedsOf}. */
// oxlint-disable-next-line typescript/no-explicit-any -- both sides of the variance must match
export type AnyMiddleware = Middleware<any, any>

/** What a middleware adds to the context. */
export type AddsOf<M> = M extends Middleware<infer A, infer _> ? A : never

/** What a middleware needs of the context. */
export type NeedsOf<M> = M extends Middleware<infer _, infer N> ? N : never

type PipeAdds<M> = M extends readonly [infer Head, ...infer Rest] ? AddsOf<Head> & PipeAdds<Rest> : {}
type PipeNeeds<M, Had = {}> = M extends readonly [infer Head, ...infer Rest]
  ? Omit<NeedsOf<Head>, keyof Had> & PipeNeeds<Rest, Had & AddsOf<Head>>
  : {}

/** Several middlewares as one, the first being the outermost; it needs what they do not add for each other. */
export function pipe<const M extends readonly AnyMiddleware[]>(
  ...middleware: M
): Middleware<Flat<PipeAdds<M>>, Flat<PipeNeeds<M>>> {
  const erased = middleware as unknown as readonly ErasedMiddleware[]
  return (call, next) => compose(erased, next as Invoke)(call)
}
