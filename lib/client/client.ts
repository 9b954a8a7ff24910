import { createDeadlines } from '../core/deadline.ts'
import { RpcError } from '../core/errors.ts'
import type { Invoke } from '../core/call.ts'
import { untilCancelled } from '../core/lifetime.ts'
import type { Method } from '../core/method.ts'
import { compose, type ErasedMiddleware } from '../core/middleware.ts'
import type { Registry } from '../core/registry.ts'
import type { Channel, Description, MethodDescription, Transport } from '../core/transport.ts'
import { ClientCall } from './client-call.ts'
import type { Caller } from './outgoing-call.ts'
import { retrying } from './retry.ts'
import { defaultRetry, type ClientOptions } from './settings.ts'
import type { CallOptions, Client } from './signature.ts'
import { knownTarget, unknownTarget, type Target } from './target.ts'

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
  <A>(transport: Transport | string, options?: ClientOptions): Client<A, 'wire'>
}

/** Makes a `createClient` that opens URLs by the transports of a registry. */
export function clientFactory(registry: Registry): CreateClient {
  const open = (transport: Transport | string): Promise<Transport> | Transport =>
    typeof transport === 'string' ? registry.open(transport) : transport
  const create = (first: unknown, ...rest: unknown[]): unknown => {
    if (isInProcess(first)) {
      return build(first.services, true, () => first.connect(), rest[0] as ClientOptions | undefined)
    }
    if (typeof first === 'string' || isTransport(first)) {
      return build(
        undefined,
        false,
        async () => (await open(first)).connect(),
        rest[0] as ClientOptions | undefined,
      )
    }
    const [transport, options] = rest as [Transport | string, ClientOptions?]
    if (transport === undefined)
      throw new TypeError('createClient: give it an app, a transport, or a contract and a transport')
    const contract = first as Contract
    return build(
      contract,
      false,
      async () => (await open(transport)).connect(describeContract(contract)),
      options,
    )
  }
  return create as CreateClient
}

function build(
  contract: Contract | undefined,
  trusted: boolean,
  connect: () => Promise<Channel>,
  options: ClientOptions = {},
): unknown {
  let channel: Channel | undefined
  let connecting: Promise<Channel> | undefined
  let closed = false
  const open = async (): Promise<Channel> => {
    try {
      return (channel = await (connecting ??= connect()))
    } catch (error) {
      // The next call tries anew.
      connecting = undefined
      throw error
    }
  }
  const invokeChannel: Invoke = (call) => {
    if (closed) return Promise.reject(new RpcError('CANCELLED', 'the client was closed'))
    if (call.lifetime.reason !== undefined) return Promise.reject(call.lifetime.reason)
    if (channel !== undefined) return channel.invoke(call)
    return untilCancelled(
      call.lifetime,
      open().then((opened) => opened.invoke(call)),
    )
  }
  const idempotent = new WeakSet<object>()
  const policy = options.retry === false ? undefined : { ...defaultRetry, ...options.retry }
  const retried =
    policy && !trusted
      ? retrying(invokeChannel, policy, (call) => idempotent.has(call.lifetime))
      : invokeChannel
  const caller: Caller = {
    invoke: options.use ? layered(options.use as readonly ErasedMiddleware[], retried) : retried,
    deadlines: createDeadlines(),
    timeoutMs: options.timeoutMs ?? 30_000,
    metadata: options.metadata,
    idempotent,
  }
  const close = async (): Promise<void> => {
    closed = true
    await (await connecting?.catch(() => undefined))?.close()
  }
  return lazyObject({ close, [Symbol.asyncDispose]: close }, (service) =>
    contract && !Object.hasOwn(contract, service)
      ? undefined
      : lazyObject({}, (method) => methodOf(caller, contract, service, method, trusted)),
  )
}

// A channel rejects by itself when its call is cancelled; middleware may be waiting for something else.
function layered(use: readonly ErasedMiddleware[], invoke: Invoke): Invoke {
  const composed = compose(use, invoke)
  return (call) => untilCancelled(call.lifetime, composed(call))
}

function methodOf(
  caller: Caller,
  contract: Contract | undefined,
  service: string,
  name: string,
  trusted: boolean,
): unknown {
  if (contract && !Object.hasOwn(contract[service]!, name)) return undefined
  const target: Target = contract
    ? knownTarget(service, name, contract[service]![name]!, trusted)
    : unknownTarget(service, name)
  return (input?: unknown, options?: CallOptions) => new ClientCall(caller, target, input, options)
}

// Names that JavaScript itself asks every object for: answering them would make a client look like a promise or a date.
const unanswered = new Set([
  'then',
  'toJSON',
  'toString',
  'valueOf',
  'constructor',
  '__proto__',
  'hasOwnProperty',
])

/**
 * An object whose properties are made when they are first read and are its own from then on.
 * The proxy is its prototype: what has been read once never meets it again.
 */
function lazyObject(own: object, make: (name: string) => unknown): unknown {
  const object: object = Object.create(
    new Proxy(Object.create(null) as object, {
      get(_, name) {
        if (typeof name !== 'string' || unanswered.has(name)) return undefined
        const value = make(name)
        if (value !== undefined) Object.defineProperty(object, name, { value, enumerable: true })
        return value
      },
    }),
  )
  return Object.defineProperties(object, Object.getOwnPropertyDescriptors(own))
}

function describeContract(contract: Contract): Description {
  const described = new Map<string, MethodDescription>()
  for (const [service, methods] of Object.entries(contract)) {
    for (const [name, method] of Object.entries(methods)) {
      const { kind, input, output, errors, options } = method
      // A getter: describing a method must not compile it.
      const description = {
        service,
        name,
        kind,
        input,
        output,
        errors,
        options,
        get compiled() {
          return method.compiled
        },
      }
      described.set(`${service}/${name}`, description)
    }
  }
  return {
    find: (service, method) => described.get(`${service}/${method}`),
    methods: [...described.values()],
    ready: () => true,
  }
}

function isTransport(value: unknown): value is Transport {
  return (
    typeof value === 'object' && value !== null && typeof (value as Partial<Transport>).connect === 'function'
  )
}

function isInProcess(value: unknown): value is InProcess {
  return isTransport(value) && 'services' in value
}
