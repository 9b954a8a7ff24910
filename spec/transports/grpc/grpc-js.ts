/** @grpc/grpc-js, both ends of it. Each lasts as long as its test. */
import { createRequire } from 'node:module'
import type * as http2 from 'node:http2'
import {
  Client,
  credentials,
  makeClientConstructor,
  Metadata,
  Server,
  ServerCredentials,
  type CallOptions,
  type ChannelCredentials,
  type ChannelOptions,
  type ClientDuplexStream,
  type ClientReadableStream,
  type ClientWritableStream,
  type ServerOptions,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js'
import { onTestFinished } from 'vitest'
import { engines } from './engines.ts'
import { jsonWire, protoWire, type JsWire } from './js-wires.ts'

/** Each wire of grpc-js with each engine of ours. */
export const pairings = [jsonWire, protoWire()].flatMap((wire) =>
  engines.map((engine) => ({ codec: wire.codec, engine, wire })),
)

/** What grpc-js has seen: answers to its own PINGs, and what came to its server. */
export const counted = { answers: 0, pings: 0, sessions: 0 }

// grpc-js says `application/grpc`, whatever its metadata hold, which means protobuf. For JSON that one field of its
// requests is changed as they leave this process; clients are told apart by their user agent. All else is as it comes.
const jsonAgent = 'json'
const node = createRequire(import.meta.url)('node:http2') as {
  -readonly [K in keyof typeof http2]: (typeof http2)[K]
}
const { connect, createServer, createSecureServer } = node
node.connect = ((...args: Parameters<typeof connect>) => {
  const session = connect(...args)
  const request = session.request.bind(session)
  session.request = (headers, options) => {
    const all = headers as http2.OutgoingHttpHeaders
    const isJson = String(all['user-agent']).startsWith(jsonAgent)
    return request(isJson ? { ...all, 'content-type': 'application/grpc+json' } : all, options)
  }
  const ping = session.ping.bind(session) as (...all: any[]) => boolean
  session.ping = (...all: any[]) => {
    const heard = all.pop() as (error: Error | null, ...rest: any[]) => void
    return ping(...all, (error: Error | null, ...rest: any[]) => {
      if (!error) counted.answers++
      heard(error, ...rest)
    })
  }
  return session
}) as typeof connect
const watch = <S extends http2.Http2Server | http2.Http2SecureServer>(server: S): S => {
  server.on('session', (session: http2.ServerHttp2Session) => {
    counted.sessions++
    session.on('ping', () => counted.pings++)
  })
  return server
}
node.createServer = ((...args: Parameters<typeof createServer>) =>
  watch(createServer(...args))) as typeof createServer
node.createSecureServer = ((...args: Parameters<typeof createSecureServer>) =>
  watch(createSecureServer(...args))) as typeof createSecureServer

/** How an end of grpc-js speaks: JSON without TLS, unless told otherwise. */
interface Speech<Secrets> {
  readonly wire?: JsWire
  readonly secrets?: Secrets
}

/** A client of grpc-js; its methods take `/service/method`, in our names. */
export function jsClient(
  port: number,
  options: ChannelOptions = {},
  { wire = jsonWire, secrets = credentials.createInsecure() }: Speech<ChannelCredentials> = {},
) {
  const { codec, services } = wire
  const address = `127.0.0.1:${port}`
  const client = new Client(address, secrets, {
    // One channel for each, not one for all of the process.
    'grpc.use_local_subchannel_pool': 1,
    ...(codec === 'json' ? { 'grpc.primary_user_agent': jsonAgent } : {}),
    ...options,
  })
  onTestFinished(() => client.close())
  // A stub as its generated code makes it, for each service.
  const method = (path: string): ((...args: unknown[]) => any) => {
    const [, service, name] = path.split('/') as [string, string, string]
    const Stub = makeClientConstructor(services[service]!, service)
    const stub = new Stub(address, secrets, { channelOverride: client.getChannel() })
    return (...args) => (stub[name] as (...all: unknown[]) => unknown).apply(stub, args)
  }
  return {
    client,
    /** Resolves with the answer, its header and its trailer; rejects with a ServiceError. `began` is given the call. */
    unary(
      path: string,
      message: unknown,
      { metadata = new Metadata(), began, ...rest }: JsCall = {},
    ): Promise<JsAnswer> {
      return new Promise((resolve, reject) => {
        let header = new Metadata()
        let answer: unknown
        let trailer: Metadata | undefined
        const done = (): void =>
          void (trailer && answer !== undefined && resolve({ answer, header, trailer }))
        const call = method(path)(message, metadata, rest, (error: Error | null, value: unknown) => {
          if (error) return reject(error)
          answer = value
          done()
        })
        call.on('metadata', (block: Metadata) => (header = block))
        call.on('status', (status: { metadata: Metadata }) => {
          trailer = status.metadata
          done()
        })
        began?.(call)
      })
    },
    serverStream: (
      path: string,
      message: unknown,
      { metadata = new Metadata(), ...rest }: JsCall = {},
    ): ClientReadableStream<unknown> => method(path)(message, metadata, rest),
    clientStream(path: string, { metadata = new Metadata(), ...rest }: JsCall = {}) {
      let settle: (error: Error | null, value?: unknown) => void
      const answer = new Promise<unknown>((resolve, reject) => {
        settle = (error, value) => (error ? reject(error) : resolve(value))
      })
      const call: ClientWritableStream<unknown> = method(path)(
        metadata,
        rest,
        (error: Error | null, value: unknown) => settle(error, value),
      )
      return { call, answer }
    },
    bidi: (
      path: string,
      { metadata = new Metadata(), ...rest }: JsCall = {},
    ): ClientDuplexStream<unknown, unknown> => method(path)(metadata, rest),
  }
}

/** What a call of {@link jsClient} may have. */
export interface JsCall extends Pick<CallOptions, 'deadline'> {
  readonly metadata?: Metadata
  readonly began?: (call: { cancel(): void }) => void
}

/** What it is answered with. */
export interface JsAnswer {
  readonly answer: unknown
  readonly header: Metadata
  readonly trailer: Metadata
}

type Handler = (...args: any[]) => void

/** Handlers under `/service/method`, in our names; the kind of the method may stand beside it. */
export type JsHandlers = Readonly<
  Record<string, Handler | readonly ['unary' | 'server' | 'client' | 'bidi', Handler]>
>

/** A server of grpc-js; what has no handler is UNIMPLEMENTED. */
export async function jsServer(
  handlers: JsHandlers,
  options: ServerOptions = {},
  { wire = jsonWire, secrets = ServerCredentials.createInsecure() }: Speech<ServerCredentials> = {},
): Promise<{ server: Server; port: number }> {
  const server = new Server(options)
  for (const [service, definition] of Object.entries(wire.services)) {
    const own = Object.entries(handlers).filter(([path]) => path.startsWith(`/${service}/`))
    const named = own.map(([path, handler]) => [
      path.slice(service.length + 2),
      typeof handler === 'function' ? handler : handler[1],
    ])
    server.addService(definition, Object.fromEntries(named) as UntypedServiceImplementation)
  }
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', secrets, (error, bound) => (error ? reject(error) : resolve(bound))),
  )
  onTestFinished(() => server.forceShutdown())
  return { server, port }
}
