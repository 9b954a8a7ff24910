import { RpcError } from '../core/errors.ts'
import type { Invoke } from '../core/call.ts'
import { untilCancelled } from '../core/lifetime.ts'
import type { Method } from '../core/method.ts'
import { compose, type ErasedMiddleware } from '../core/middleware.ts'
import type { Registry } from '../core/registry.ts'
import type { Channel, Transport } from '../core/transport.ts'
import { ClientCall } from './client-call.ts'
import { publishBatch } from './publish-batch.ts'
import { retrying } from './retry.ts'
import { defaultRetry, type ClientOptions } from './settings.ts'
import type { CallOptions, Client, StreamCallOptions } from './signature.ts'
import { unknownSide, type Caller, type Target } from './target.ts'
import type { Watcher } from './timers.ts'

/** Services by name, as a contract or an app holds them. */
export interface Contract {
  readonly [service: string]: Readonly<Record<string, Method>>
}

/** An app, as far as a client needs it. */
export interface InProcess<S extends Contract = Contract> {
  readonly services: S
  connect(): Promise<Channel>
}

/** Makes clients. */
export interface CreateClient {
  /** Calls an app in this process, through the same validation and middleware as from outside. */
  <S extends Contract>(app: InProcess<S>, options?: ClientOptions): Client<S, 'decoded'>
  /** Calls what a contract describes: messages are checked here too, and dates, bigints and bytes decoded. */
  <C extends Contract>(
    contract: C,
    transport: Transport | string,
    options?: ClientOptions,
  ): Client<C, 'decoded'>
  /** Calls what a type describes, `createClient<typeof app>(…)`; messages are typed as JSON carries them. */
  <A>(transport: Transport | string, options?: ClientOptions): Client<A>
}

/** Makes a `createClient` that opens URLs by the transports of a registry; `deadlines` keeps the time of every call. */
export function clientFactory(registry: Pick<Registry, 'open'>, deadlines: Watcher): CreateClient {
  const create = (first: unknown, ...rest: unknown[]): unknown => {
    // An app is contract and transport in one; a transport alone has no table of services, but a function at most.
    const whole = typeof first === 'string' || typeof (first as Partial<Transport>)?.connect === 'function'
    const contract = whole ? tableOf((first as Partial<InProcess>).services) : (first as Contract)
    const [transport, options] = (whole ? [first, ...rest] : rest) as [Transport | string, ClientOptions?]
    if (transport === undefined) {
      throw new TypeError('createClient: give it an app, a transport, or a contract and a transport')
    }
    const find = (service: string, method: string): Method | undefined => own(own(contract, service), method)
    const connect = async (): Promise<Channel> => {
      const opened = typeof transport === 'string' ? await registry.open(transport) : transport
      return opened.connect(contract && { find })
    }
    const trusted = whole && contract !== undefined
    const caller = createCaller(connect, trusted, deadlines, options)
    const methodOf = (service: string, method: string): unknown => {
      const known = find(service, method)
      if (contract && !known) return undefined
      const target: Target = { service, method, caller, ...(known?.clientSide(trusted) ?? unknownSide) }
      const call = (input?: unknown, callOptions?: StreamCallOptions): ClientCall =>
        new ClientCall(target, input, callOptions)
      const event: Target = { ...target, kind: 'event', idempotent: true }
      return Object.assign(call, {
        publish: (payload?: unknown, callOptions?: CallOptions): Promise<void> =>
          new ClientCall(event, payload, callOptions).then(() => {}),
        publishBatch: (payloads: Iterable<unknown>, callOptions?: CallOptions): Promise<void> =>
          publishBatch(event, payloads, callOptions),
      })
    }
    const services = lazyObject((service) =>
      contract && !own(contract, service) ? undefined : lazyObject((method) => methodOf(service, method)),
    )
    return Object.assign(services, { close: caller.close, [Symbol.asyncDispose]: caller.close })
  }
  return create as CreateClient
}

function tableOf(services: Contract | (() => unknown) | undefined): Contract | undefined {
  return typeof services === 'function' ? undefined : services
}

// Nothing that objects inherit is a service or a method.
function own<T>(object: Readonly<Record<string, T>> | undefined, key: string): T | undefined {
  return object && Object.hasOwn(object, key) ? object[key] : undefined
}

function createCaller(
  connect: () => Promise<Channel>,
  trusted: boolean,
  deadlines: Watcher,
  { timeoutMs = 30_000, metadata, use, retry }: ClientOptions = {},
): Caller & { close(): Promise<void> } {
  let channel: Channel | undefined
  let connecting: Promise<Channel> | undefined
  let closed = false
  const open = (): Promise<Channel> => {
    connecting = connect()
    // Where that fails, the next call tries anew.
    connecting.then(
      (opened) => (channel = opened),
      () => (connecting = undefined),
    )
    return connecting
  }
  const idempotent = new WeakSet<object>()
  let invoke: Invoke = (call) => {
    const { lifetime } = call
    if (closed) return Promise.reject(new RpcError('CANCELLED', 'the client was closed'))
    if (lifetime.reason) return Promise.reject(lifetime.reason)
    if (channel) return channel.invoke(call)
    return untilCancelled(
      lifetime,
      (connecting ?? open()).then((opened) => opened.invoke(call)),
    )
  }
  if (retry !== false && !trusted) {
    invoke = retrying(invoke, { ...defaultRetry, ...retry }, (call) => idempotent.has(call.lifetime))
  }
  if (use) invoke = layered(use as readonly ErasedMiddleware[], invoke)
  return {
    invoke,
    takesBatches: async () => (channel ?? (await (connecting ?? open()))).takesBatches === true,
    deadlines,
    timeoutMs,
    metadata,
    idempotent,
    async close() {
      closed = true
      await (await connecting?.catch(() => undefined))?.close()
    },
  }
}

// A channel rejects by itself when its call is cancelled; middleware may be waiting for something else.
function layered(use: readonly ErasedMiddleware[], invoke: Invoke): Invoke {
  const composed = compose(use, invoke)
  return (call) => untilCancelled(call.lifetime, composed(call))
}

// Names that JavaScript itself asks objects for: answering them would make a client look like a promise or a date.
function isAskedOfAll(name: string): boolean {
  return name in Object.prototype || name === 'then' || name === 'toJSON'
}

/**
 * An object whose properties are made when they are first read and are its own from then on.
 * The proxy is its prototype: what has been read once never meets it again.
 */
function lazyObject(make: (name: string) => unknown): object {
  const object: object = Object.create(
    new Proxy(Object.create(null) as object, {
      get(_, name) {
        if (typeof name !== 'string' || isAskedOfAll(name)) return undefined
        const value = make(name)
        if (value !== undefined) Object.defineProperty(object, name, { value, enumerable: true })
        return value
      },
    }),
  )
  return object
}
