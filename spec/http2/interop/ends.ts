/** The ends that these specs put together. Each lasts as long as its test. */
import {
  connect as connectNode,
  createSecureServer,
  createServer as createNodeServer,
  type ClientHttp2Session,
  type ClientSessionOptions,
  type IncomingHttpHeaders,
  type SecureClientSessionOptions,
  type ServerHttp2Session,
  type ServerHttp2Stream,
  type ServerOptions,
} from 'node:http2'
import type { AddressInfo } from 'node:net'
import {
  connect,
  createServer,
  readStream,
  type HeaderBlock,
  type Http2Client,
  type Http2ClientOptions,
  type Http2Error,
  type Http2Server,
  type Http2ServerOptions,
  type Http2Stream,
  type RequestOptions,
} from 'microapi-ts/http2'
import { onTestFinished } from 'vitest'
import { certificate } from './certificate.ts'

/** Over which socket. */
export type Scheme = 'http' | 'https'

/** A server of ours. */
export interface Served {
  readonly server: Http2Server
  readonly url: string
  readonly port: number
  /** Why connections ended before their time. */
  readonly errors: Http2Error[]
}

export async function serve(
  onStream: (stream: Http2Stream) => void,
  { scheme = 'http', ...options }: Http2ServerOptions & { scheme?: Scheme } = {},
): Promise<Served> {
  const errors: Http2Error[] = []
  const tls = scheme === 'https' ? { tls: certificate() } : {}
  const server = createServer(onStream, {
    onConnectionError: (error) => errors.push(error),
    ...tls,
    ...options,
  })
  const { port } = await server.listen()
  onTestFinished(() => server.close({ graceMs: 0 }))
  return { server, port, url: `${scheme}://127.0.0.1:${port}`, errors }
}

/** A client of ours. */
export function clientOf(url: string, options: Http2ClientOptions = {}): Http2Client {
  const client = connect(url, { tls: { ca: certificate().cert }, ...options })
  onTestFinished(() => client.close({ graceMs: 0 }))
  return client
}

/** A request's headers. */
export const request = (path = '/', method = 'GET', fields: Readonly<Record<string, string>> = {}) => ({
  ':method': method,
  ':scheme': 'http',
  ':authority': '127.0.0.1',
  ':path': path,
  ...fields,
})

/** A whole answer. */
export interface Answer {
  readonly headers: HeaderBlock
  readonly body: Buffer
  readonly trailers: HeaderBlock | undefined
}

/** Reads a stream of ours to its end. */
export async function answerOf(stream: Http2Stream): Promise<Answer> {
  const reader = readStream(stream)
  const pieces: Buffer[] = []
  for await (const piece of reader) pieces.push(piece)
  return { headers: await reader.headers, body: Buffer.concat(pieces), trailers: await reader.trailers }
}

/** One request by our client. */
export function ask(
  client: Http2Client,
  headers: ReturnType<typeof request>,
  { body, ...options }: RequestOptions & { body?: Uint8Array | string } = {},
): Promise<Answer> {
  const stream = client.request(headers, body === undefined ? { end: true, ...options } : options)
  const answer = answerOf(stream)
  if (body !== undefined) stream.end(body)
  return answer
}

/** What ends a stream of ours; undefined for a good end. */
export function endOf(stream: Http2Stream): Promise<Http2Error | undefined> {
  return new Promise((resolve) => {
    stream.listener = { ...stream.listener, onClose: (_, error) => resolve(error) }
  })
}

/** A server of node:http2, and the sessions that it has had. */
export interface NodeServed {
  readonly url: string
  readonly sessions: ServerHttp2Session[]
}

export async function serveNode(
  onStream: (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, flags: number) => void,
  { scheme = 'http', ...options }: ServerOptions & { scheme?: Scheme } = {},
): Promise<NodeServed> {
  const sessions: ServerHttp2Session[] = []
  const server =
    scheme === 'https' ? createSecureServer({ ...certificate(), ...options }) : createNodeServer(options)
  server.on('session', (session) => {
    sessions.push(session)
    session.on('error', () => {})
  })
  server.on('stream', (stream, headers, flags) => {
    stream.on('error', () => {})
    onStream(stream, headers, flags)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    for (const session of sessions) session.destroy()
    await new Promise((resolve) => server.close(resolve))
  })
  return { url: `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`, sessions }
}

/** A session of node:http2's client, once it stands. */
export function nodeClientOf(
  url: string,
  options: ClientSessionOptions | SecureClientSessionOptions = {},
): Promise<ClientHttp2Session> {
  const session = connectNode(url, { ca: certificate().cert, ...options })
  onTestFinished(() => session.destroy())
  return new Promise((resolve, reject) => {
    session.once('error', reject)
    session.once('remoteSettings', () => {
      session.off('error', reject).on('error', () => {})
      resolve(session)
    })
  })
}
