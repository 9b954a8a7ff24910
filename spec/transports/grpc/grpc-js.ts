/** @grpc/grpc-js with JSON messages, both ends of it. Each lasts as long as its test. */
import { createRequire } from 'node:module'
import type * as http2 from 'node:http2'
import {
  Client,
  credentials,
  Metadata,
  Server,
  ServerCredentials,
  type ChannelOptions,
  type ServerOptions,
  type ServiceDefinition,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js'
import { onTestFinished } from 'vitest'

const write = (message: unknown): Buffer => Buffer.from(JSON.stringify(message))
const read = (bytes: Buffer): any => JSON.parse(bytes.toString())

/** PINGs that grpc-js has seen: answers to its own, and those that came to its server. */
export const pings = { answered: 0, received: 0 }

// grpc-js says `application/grpc`, whatever its metadata hold, which means protobuf. All else of it is as it comes:
// the sessions that it opens in this process have that one field of their requests changed.
const node = createRequire(import.meta.url)('node:http2') as {
  -readonly [K in keyof typeof http2]: (typeof http2)[K]
}
const { connect, createServer } = node
node.connect = ((...args: Parameters<typeof connect>) => {
  const session = connect(...args)
  const request = session.request.bind(session)
  session.request = (headers, options) =>
    request({ ...(headers as http2.OutgoingHttpHeaders), 'content-type': 'application/grpc+json' }, options)
  const ping = session.ping.bind(session) as (...all: any[]) => boolean
  session.ping = (...all: any[]) => {
    const heard = all.pop() as (error: Error | null, ...rest: any[]) => void
    return ping(...all, (error: Error | null, ...rest: any[]) => {
      if (!error) pings.answered++
      heard(error, ...rest)
    })
  }
  return session
}) as typeof connect
node.createServer = ((...args: Parameters<typeof createServer>) =>
  createServer(...args).on('session', (session) => {
    session.on('ping', () => pings.received++)
  })) as typeof createServer

/** A client of grpc-js; its methods take paths. */
export function jsClient(port: number, options: ChannelOptions = {}) {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
    // One channel for each, not one for all of the process.
    'grpc.use_local_subchannel_pool': 1,
    ...options,
  })
  onTestFinished(() => client.close())
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
        const call = client.makeUnaryRequest(path, write, read, message, metadata, rest, (error, value) => {
          if (error) return reject(error)
          answer = value
          done()
        })
        call.on('metadata', (block) => (header = block))
        call.on('status', (status) => {
          trailer = status.metadata
          done()
        })
        began?.(call)
      })
    },
    serverStream: (path: string, message: unknown, { metadata = new Metadata(), ...rest }: JsCall = {}) =>
      client.makeServerStreamRequest(path, write, read, message, metadata, rest),
    clientStream(path: string, { metadata = new Metadata(), ...rest }: JsCall = {}) {
      let settle: (error: Error | null, value?: unknown) => void
      const answer = new Promise<unknown>((resolve, reject) => {
        settle = (error, value) => (error ? reject(error) : resolve(value))
      })
      const call = client.makeClientStreamRequest(path, write, read, metadata, rest, (error, value) =>
        settle(error, value),
      )
      return { call, answer }
    },
    bidi: (path: string, { metadata = new Metadata(), ...rest }: JsCall = {}) =>
      client.makeBidiStreamRequest(path, write, read, metadata, rest),
  }
}

/** What a call of {@link jsClient} may have. */
export interface JsCall {
  readonly metadata?: Metadata
  readonly deadline?: number
  readonly began?: (call: { cancel(): void }) => void
}

/** What it is answered with. */
export interface JsAnswer {
  readonly answer: unknown
  readonly header: Metadata
  readonly trailer: Metadata
}

/** Whether a method takes a stream, and gives one. */
const kinds = {
  unary: [false, false],
  server: [false, true],
  client: [true, false],
  bidi: [true, true],
} as const

/** A server of grpc-js: handlers under `/service/method`, each with its kind. */
export async function jsServer(
  methods: Readonly<Record<string, readonly [keyof typeof kinds, (...args: any[]) => void]>>,
  options: ServerOptions = {},
): Promise<{ server: Server; port: number }> {
  const server = new Server(options)
  const definition: Record<string, object> = {}
  const handlers: UntypedServiceImplementation = {}
  for (const [path, [kind, handler]] of Object.entries(methods)) {
    const [requestStream, responseStream] = kinds[kind]
    const codec = {
      requestSerialize: write,
      requestDeserialize: read,
      responseSerialize: write,
      responseDeserialize: read,
    }
    definition[path] = { path, requestStream, responseStream, ...codec }
    handlers[path] = handler as never
  }
  server.addService(definition as unknown as ServiceDefinition, handlers)
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  )
  onTestFinished(() => server.forceShutdown())
  return { server, port }
}
