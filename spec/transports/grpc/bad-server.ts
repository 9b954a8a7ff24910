/** Servers of node:http2 that answer gRPC calls in ways of their own. */
import {
  createServer,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

/** A server that lasts as long as its test. */
export interface BadServer {
  readonly port: number
  readonly sessions: ServerHttp2Session[]
  /** How many requests have come. */
  readonly count: number
}

/** Hears of a request once it is complete, and of its number. */
export type OnCall = (stream: ServerHttp2Stream, count: number, headers: IncomingHttpHeaders) => void

export async function badServer(onCall: OnCall, port = 0): Promise<BadServer> {
  const sessions: ServerHttp2Session[] = []
  let count = 0
  const server = createServer()
  server.on('session', (session) => {
    sessions.push(session)
    session.on('error', () => {})
  })
  server.on('stream', (stream, headers) => {
    const number = ++count
    stream.on('error', () => {})
    stream.resume().on('end', () => onCall(stream, number, headers))
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  onTestFinished(async () => {
    for (const session of sessions) session.destroy()
    await new Promise((resolve) => server.close(resolve))
  })
  return {
    port: (server.address() as AddressInfo).port,
    sessions,
    get count() {
      return count
    },
  }
}

/** What an answer is made of. */
export interface Parts {
  readonly headers?: OutgoingHttpHeaders
  readonly body?: readonly Uint8Array[]
  /** None where it is left out: END_STREAM stands on the last frame. */
  readonly trailers?: OutgoingHttpHeaders
}

/** Answers, by the book unless the parts say otherwise. */
export function answer(stream: ServerHttp2Stream, { headers = {}, body = [], trailers }: Parts): void {
  if (stream.destroyed) return
  const all = { ':status': 200, 'content-type': 'application/grpc+json', ...headers }
  if (body.length === 0 && trailers === undefined) return stream.respond(all, { endStream: true })
  stream.respond(all, { waitForTrailers: trailers !== undefined })
  if (trailers) stream.on('wantTrailers', () => stream.sendTrailers(trailers))
  for (const part of body) stream.write(part)
  stream.end()
}
