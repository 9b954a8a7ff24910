import { createMethod } from './create-method.ts'
import type { ErasedHandler, Handlers, Method } from './method.ts'
import type { Layer } from './middleware.ts'
import { defineService, type Implemented, type Service, type ServiceMethods } from './service.ts'

/** The handlers that a contract's methods want. */
export type HandlersOf<M, Adds extends object> = {
  readonly [N in keyof M]: M[N] extends Method<infer K, infer S> ? Handlers<S, Adds>[K] : never
}

/** Puts handlers, and layers around them, to a contract's methods. Throws for a handler too few or too many. */
export function implementService<M extends ServiceMethods>(
  contract: Service<M>,
  handlers: Readonly<Record<string, unknown>>,
  layers: readonly Layer[],
): Service<Implemented<M>> {
  const unknown = Object.keys(handlers).find((name) => !Object.hasOwn(contract, name))
  if (unknown !== undefined) throw new TypeError(`implement: the contract has no method "${unknown}"`)
  const methods = Object.entries<Method>(contract).map(([name, method]) => {
    const handler = Object.hasOwn(handlers, name) ? handlers[name] : undefined
    if (typeof handler !== 'function') throw new TypeError(`implement: method "${name}" has no handler`)
    const { kind, input, output, errors, options } = method
    const all = [...layers, ...method.layers]
    return [
      name,
      createMethod({ kind, input, output, errors, options, layers: all, handler: handler as ErasedHandler }),
    ] as const
  })
  return defineService(Object.fromEntries(methods)) as Service as Service<Implemented<M>>
}
