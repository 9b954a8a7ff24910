import { createMethod } from './create-method.ts'
import type { ErrorTable } from './errors.ts'
import { checkFailureOptions } from './failure-policy.ts'
import type { ImplementedMethod, Method, ProtoNames } from './method.ts'
import { isMessageSchema } from './schema/message.ts'
import { isErrorCode } from './status.ts'

/** Methods by name. */
export interface ServiceMethods {
  readonly [name: string]: Method
}

/** A service is its methods: spread it to build another. */
export type Service<M extends ServiceMethods = ServiceMethods> = Readonly<M>

/** The methods of a service once each has its handler. */
export type Implemented<M> = {
  readonly [K in keyof M]: M[K] extends Method<infer K2, infer S> ? ImplementedMethod<K2, S> : never
}

/** A promise-like, a JSON value, a function: what these names would make of a client's service or method. */
const reservedMethods = new Set(['then', 'toString', 'valueOf', 'toJSON', 'bind', 'publish'])

/** What a client's own `then`, `close` and `toJSON` leave no room for. */
export const reservedServiceNames: ReadonlySet<string> = new Set(['then', 'close', 'toJSON'])

const namePattern = /^[A-Za-z_][A-Za-z0-9_]*$/

/** What may be said of a service. */
export interface ServiceOptions {
  /** Its package, service name and file in protobuf, so that an existing .proto can be served as it is. */
  readonly proto?: Omit<ProtoNames, 'name'>
}

/**
 * Defines a service: methods by name. Throws where a name or a schema could not be served, and says what to write instead.
 * Services are plain objects: `defineService({ ...a, ...b })` joins two.
 */
export function defineService<M extends ServiceMethods>(
  methods: M,
  { proto }: ServiceOptions = {},
): Service<M> {
  for (const [name, method] of Object.entries(methods)) {
    checkName('method', name, reservedMethods)
    if (typeof method !== 'object' || method === null || !('kind' in method)) {
      throw new TypeError(
        `method "${name}" is no method; make it with rpc.unary, serverStream, clientStream, bidiStream or event`,
      )
    }
    checkMessage(name, 'input', method.input)
    checkMessage(name, 'output', method.output)
    checkErrors(name, method.errors)
    checkFailureOptions(name, method.kind, method.options)
    checkKey(name, method)
  }
  if (!proto) return Object.freeze({ ...methods })
  // Each method carries it, so that a service remains its methods and nothing else.
  const named = Object.entries<Method>(methods).map(([name, method]) => [name, withProto(method, proto)])
  return Object.freeze(Object.fromEntries(named) as M)
}

function withProto(method: Method, proto: ProtoNames): Method {
  const { kind, input, output, errors, layers, handler } = method
  const options = { ...method.options, proto: { ...method.options.proto, ...proto } }
  return createMethod({ kind, input, output, errors, options, layers, handler })
}

/** Throws for names that cannot stand in a path, or that mean something else to JavaScript. */
export function checkName(what: 'service' | 'method', name: string, reserved: ReadonlySet<string>): void {
  if (reserved.has(name) || name in Object.prototype) {
    throw new TypeError(
      `${what} name "${name}" is reserved: JavaScript reads it from every object; choose another, such as "${name}_"`,
    )
  }
  if (!namePattern.test(name)) {
    throw new TypeError(
      `${what} name ${JSON.stringify(name)}: use letters, digits and "_", beginning with no digit`,
    )
  }
}

function checkMessage(method: string, part: 'input' | 'output', schema: Method['input']): void {
  if (isMessageSchema(schema)) return
  throw new TypeError(
    `${part} of method "${method}" is no object schema; wrap it, as in Type.Object({ value: … })${part === 'output' ? ', or use Empty for nothing' : ''}`,
  )
}

/** Over a broker a stream is its own order, between two peers: no key of its messages would change anything. */
function checkKey(name: string, { kind, options }: Method): void {
  if (options.key === undefined || kind === 'unary' || kind === 'event') return
  throw new TypeError(
    `method "${name}": key is for unary methods and events; a stream's messages keep their order without one, so leave it out`,
  )
}

function checkErrors(method: string, errors: ErrorTable): void {
  for (const [reason, declared] of Object.entries(errors)) {
    if (isErrorCode(declared.code)) continue
    throw new TypeError(
      `error "${reason}" of method "${method}" has the unknown code ${JSON.stringify(declared.code)}`,
    )
  }
}
