import { connect, type Http2ClientOptions, type OpenableClient } from '../../http2/driver/client.ts'
import { createServer, type Http2Server, type Http2ServerOptions } from '../../http2/driver/server.ts'
import type { Http2Stream } from '../../http2/stream-face.ts'

/** What gRPC needs of HTTP/2: streams of headers, octets with backpressure and trailers, resets, draining, PINGs. */
export interface Engine {
  createServer(onStream: (stream: Http2Stream) => void, options: Http2ServerOptions): Http2Server
  /** A client that connects when told or needed, and tells when its connection stands and ends. */
  connect(url: string, options: Http2ClientOptions): OpenableClient
}

/** The names of the engines: our own, or Node's. */
export type EngineName = 'own' | 'node:http2'

const own: Engine = { createServer, connect }

/** Finds an engine. Node's is loaded when somebody asks for it. */
export async function openEngine(name: EngineName): Promise<Engine> {
  if (name === 'own') return own
  const { nodeEngine } = await import('./node/engine.ts')
  return nodeEngine
}
