import {
  connect,
  type ClientHttp2Session,
  type ClientSessionOptions,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from 'node:http2'
import { createServer, type AddressInfo } from 'node:net'
import {
  createClient,
  serve,
  type ClientOptions,
  type Limits,
  type ServeOptions,
  type Server,
} from 'microapi-ts'
import { grpc, type GrpcOptions } from 'microapi-ts/grpc'
import { recordingLog, type RecordingLog } from 'microapi-ts/testing'
import { onTestFinished } from 'vitest'
import type { EngineName } from '../../../lib/transports/grpc/engine.ts'
import { conformanceApp } from '../../../lib/testing/app.ts'
import { conformanceContract, type ConformanceClient } from '../../../lib/testing/contract.ts'
import { createProbe, type Probe } from '../../../lib/testing/probe.ts'
import { decodeGrpcMessage } from '../../../lib/wire/grpc/percent.ts'
import { frameMessage, MessageReader } from '../../../lib/wire/grpc/message-reader.ts'

/** A server of the conformance app, until the test has finished. */
export interface Demo {
  readonly server: Server
  readonly url: string
  readonly port: number
  readonly probe: Probe
  readonly log: RecordingLog
}

export async function serveDemo(
  options: GrpcOptions = {},
  { limits = {}, ...serving }: ServeOptions & { limits?: Partial<Limits> } = {},
): Promise<Demo> {
  const probe = createProbe()
  const log = recordingLog()
  const self = (): never => {
    throw new Error('no spec here makes nested calls')
  }
  const app = conformanceApp({ probe, log, limits, self })
  const server = await serve(app, grpc({ port: 0, ...options }), { signals: false, graceMs: 100, ...serving })
  onTestFinished(() => server.close())
  const url = server.urls[0]!
  return { server, url, port: Number(new URL(url).port), probe, log }
}

/** A client that knows the contract, until the test has finished. */
export function connectTo(options: GrpcOptions, settings?: ClientOptions): ConformanceClient {
  const client = createClient(conformanceContract, grpc({ codec: 'json', ...options }), settings)
  onTestFinished(() => client.close())
  return client
}

/** A client that knows a type and no more. */
export function typeClientOf(options: GrpcOptions, settings?: ClientOptions) {
  const client = createClient<typeof conformanceContract>(grpc(options), settings)
  onTestFinished(() => client.close())
  return client
}

/** Both ends, on one engine. */
export function endsOn(engine: EngineName) {
  return {
    serveDemo: (options?: GrpcOptions, serving?: Parameters<typeof serveDemo>[1]) =>
      serveDemo({ engine, ...options }, serving),
    connectTo: (options: GrpcOptions, settings?: ClientOptions) =>
      connectTo({ engine, ...options }, settings),
    typeClientOf: (options: GrpcOptions, settings?: ClientOptions) =>
      typeClientOf({ engine, ...options }, settings),
  }
}

/** A session of node:http2's client, until the test has finished. */
export function sessionOf(port: number, options?: ClientSessionOptions): ClientHttp2Session {
  const session = connect(`http://127.0.0.1:${port}`, options)
  session.on('error', () => {})
  onTestFinished(() => session.destroy())
  return session
}

/** What a gRPC call was answered with; `rst` is the code of the stream's end, 0 for a good one. */
export interface Answer {
  readonly headers: IncomingHttpHeaders
  readonly trailers: IncomingHttpHeaders
  readonly messages: readonly unknown[]
  /** `grpc-status`, wherever it stood. */
  readonly status: number | undefined
  readonly message: string
  readonly rst: number
}

/** The headers of a gRPC request. */
export const callHeaders = (path: string, more: OutgoingHttpHeaders = {}): OutgoingHttpHeaders => ({
  ':method': 'POST',
  ':path': path,
  te: 'trailers',
  'content-type': 'application/grpc+json',
  ...more,
})

/** One JSON message behind its prefix. */
export const framed = (json: unknown): Buffer => frameMessage(JSON.stringify(json))

/** What a request of {@link ask} has beside its path. */
export interface Question {
  readonly headers?: OutgoingHttpHeaders
  /** What is sent; several parts leave one after the other. The stream is ended behind them unless `open`. */
  readonly body?: Uint8Array | readonly Uint8Array[]
  readonly trailers?: OutgoingHttpHeaders
  readonly open?: boolean
}

/** One request by node:http2. Resolves when its stream has closed, however it has. */
export function ask(session: ClientHttp2Session, path: string, question: Question = {}): Promise<Answer> {
  const { headers: more, body = framed({}), trailers: sent, open = false } = question
  return new Promise((resolve) => {
    const stream = session.request(callHeaders(path, more), { waitForTrailers: sent !== undefined })
    const messages: unknown[] = []
    const reader = new MessageReader(64_000_000, (bytes) => messages.push(JSON.parse(bytes.toString())))
    let headers: IncomingHttpHeaders = {}
    let trailers: IncomingHttpHeaders = {}
    stream.on('response', (block) => (headers = block))
    stream.on('trailers', (block) => (trailers = block))
    stream.on('wantTrailers', () => stream.sendTrailers(sent!))
    stream.on('data', (piece: Buffer) => reader.push(piece))
    stream.on('error', () => {})
    stream.on('close', () => {
      const told = trailers['grpc-status'] ?? headers['grpc-status']
      const message = String(trailers['grpc-message'] ?? headers['grpc-message'] ?? '')
      resolve({
        headers,
        trailers,
        messages,
        status: told === undefined ? undefined : Number(told),
        message: decodeGrpcMessage(message),
        rst: stream.rstCode ?? 0,
      })
    })
    for (const part of body instanceof Uint8Array ? [body] : body) stream.write(part)
    if (!open) stream.end()
  })
}

/** A port that was free a moment ago, and at which nobody listens. */
export function freePort(): Promise<number> {
  const server = createServer()
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}

/** All items of a stream. */
export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

/** What a failed call rejects with. */
export async function failureOf(work: PromiseLike<unknown>): Promise<unknown> {
  try {
    await work
  } catch (error) {
    return error
  }
  throw new Error('it did not fail')
}
