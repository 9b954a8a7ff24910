import type { Call, Invoke } from '../core/call.ts'
import { bindMethod } from '../core/create-call.ts'
import { RpcError, type ErrorDeclaration, type ErrorFactories } from '../core/errors.ts'
import type { ImplementedMethod, Method } from '../core/method.ts'
import { wrap, type ErasedMiddleware, type Layer } from '../core/middleware.ts'
import { compileSchema } from '../core/schema/compile.ts'
import { showAs } from '../core/schema/sensitive.ts'
import type { Description, MethodDescription } from '../core/transport.ts'
import { planDependencies, type DependencyPlan, type Overrides } from './dependency-plan.ts'
import type { Resolved } from './dependency-scope.ts'
import { createHandle, type Mask } from './handle.ts'
import { provideLayer } from './provide.ts'

/** A service under its name on the wire, with the middleware of the app that brought it. */
export interface Mounted {
  readonly name: string
  readonly methods: Readonly<Record<string, ImplementedMethod>>
  readonly use: readonly ErasedMiddleware[]
}

/** Finds the way to a method's handler. */
export interface Router {
  /** The method's route; throws UNIMPLEMENTED for names that nobody serves. */
  find(call: Call): Route
  readonly methods: readonly MethodDescription[]
  readonly describe: Description['find']
  /** Every table of dependencies in use. */
  readonly plans: readonly DependencyPlan[]
}

/** The way to one method's handler. */
export interface Route {
  /** The composed chain. */
  readonly invoke: Invoke
  /** The names of its layers, for messages. */
  readonly layers: () => string
  readonly errors: ErrorFactories<{}>
  readonly description: MethodDescription
}

/** Composes every method of an app, once. Throws for what could not be served, naming the method. */
export function createRouter(
  mounted: readonly Mounted[],
  overrides: Overrides,
  app: Resolved,
  mask: Mask,
): Router {
  const plans: DependencyPlan[] = []
  // Maps, so that names such as `constructor` or `__proto__` from the wire find nothing.
  const services = new Map<string, Map<string, Route>>()

  const composeMethod = (
    method: ImplementedMethod,
    name: string,
    use: readonly ErasedMiddleware[],
  ): Invoke => {
    const layers = layersOf(method, use)
    let invoke = createHandle(method, name, mask)
    for (const layer of layers.toReversed()) {
      if ('middleware' in layer) {
        invoke = wrap(layer.middleware, invoke)
        continue
      }
      const plan = planDependencies(layer.provide, overrides)
      plans.push(plan)
      invoke = provideLayer(plan, app, invoke)
    }
    return invoke
  }
  const composeRoute = (
    service: string,
    name: string,
    method: Method,
    use: readonly ErasedMiddleware[],
  ): Route => {
    const path = `${service}.${name}`
    if (!isImplemented(method))
      throw new TypeError(
        `${path} is a contract without a handler; give it one with implement(contract, handlers)`,
      )
    return explaining(path, () => ({
      invoke: composeMethod(method, path, use),
      layers: () => layersOf(method, use).map(nameOfLayer).join(', '),
      errors: errorFactories(method),
      description: describeMethod(service, name, method),
    }))
  }

  for (const { name: service, methods, use } of mounted) {
    const routes = Object.entries(methods).map(
      ([name, method]) => [name, composeRoute(service, name, method, use)] as const,
    )
    services.set(service, new Map(routes))
  }

  return {
    plans,
    methods: [...services.values()].flatMap((routes) =>
      [...routes.values()].map((route) => route.description),
    ),
    describe: (service, method) => services.get(service)?.get(method)?.description,
    find(call) {
      const route = services.get(call.service)?.get(call.method)
      if (!route) throw unknownMethod(call, services)
      bindMethod(call, route.description.kind, route.errors, route.description.compiled.input)
      return route
    },
  }
}

function layersOf(method: Method, use: readonly ErasedMiddleware[]): readonly Layer[] {
  return [...use.map((middleware) => ({ middleware })), ...method.layers]
}

function nameOfLayer(layer: Layer): string {
  return 'middleware' in layer ? layer.middleware.name || 'anonymous' : 'provide'
}

function isImplemented(method: Method): method is ImplementedMethod {
  return method.handler !== undefined
}

function unknownMethod(call: Call, services: ReadonlyMap<string, unknown>): RpcError {
  const what = services.has(call.service)
    ? `service "${call.service}" has no method "${call.method}"`
    : `there is no service "${call.service}"`
  return new RpcError('UNIMPLEMENTED', what, { reason: 'UNKNOWN_METHOD' })
}

function describeMethod(service: string, name: string, method: ImplementedMethod): MethodDescription {
  const { kind, input, output, errors, options, compiled } = method
  return { service, name, kind, input, output, errors, options, compiled }
}

function errorFactories(method: Method): ErrorFactories<{}> {
  const factories = Object.entries(method.errors).map(
    ([reason, declared]) => [reason, errorFactory(reason, declared)] as const,
  )
  return Object.freeze(Object.fromEntries(factories)) as ErrorFactories<{}>
}

function errorFactory(reason: string, declared: ErrorDeclaration): (...args: unknown[]) => RpcError {
  const schema = declared.details && compileSchema(declared.details)
  const text = declared.message ?? reason.toLowerCase().replaceAll('_', ' ')
  return (...args) => {
    const details = schema?.give(
      args.shift(),
      ({ pointer, message }) => new TypeError(`details${pointer} of error ${reason} ${message}`),
    )
    // The caller gets all of them; logs do not.
    showAs(details, schema?.redact)
    return new RpcError(declared.code, (args[0] as string | undefined) ?? text, {
      reason,
      details,
      retryable: declared.retryable,
    })
  }
}

// Errors of composition say where they happened: the schema or the dependency alone does not know.
function explaining<T>(path: string, run: () => T): T {
  try {
    return run()
  } catch (error) {
    throw new TypeError(`${path}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    })
  }
}
