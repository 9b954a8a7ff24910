import type { City, Summary } from '../data/city.ts'

/** One request of a load generator that is nobody's own client. */
export interface LoadRequest {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly headers?: Record<string, string>
  readonly body?: string
  /** The least that a right answer's body has; an error of gRPC comes with status 200 and has none. */
  readonly answerBytes?: number
}

/**
 * A peer's server, listening on loopback; `load` is its unary call for load generators,
 * `ca` the authority that its clients must trust, in PEM, when it speaks TLS.
 */
export interface RunningServer {
  readonly url: string
  readonly load?: LoadRequest
  readonly ca?: string
  close(): Promise<unknown>
}

/** What `<suite>/<peer>/server.ts` exports; `variant` names one of the peer's several servers. */
export interface ServerModule {
  startServer(variant?: string): Promise<RunningServer>
}

/** The streams that a peer may have. */
export type StreamKind = 'serverStream' | 'clientStream' | 'bidiStream'

/**
 * A peer's own client. A stream is consumed or produced inside, in the peer's own best way,
 * and answers with the sum over its items.
 */
export interface PeerClient {
  unary(id: number): Promise<City>
  serverStream?(count: number): Promise<Summary>
  clientStream?(count: number): Promise<Summary>
  /** `count` times in turn, on one stream: asks for a city and waits for it. */
  bidiStream?(count: number): Promise<Summary>
  close(): Promise<unknown>
}

/** What `<suite>/<peer>/client.ts` exports; `variant` names one of the peer's several clients, `ca` comes from its server. */
export interface ClientModule {
  createClient(url: string, variant?: string, ca?: string): PeerClient | Promise<PeerClient>
}

/** A peer as a suite lists it: paths are relative to bench/, without extension. */
export interface Peer {
  readonly title: string
  readonly server: string
  readonly client: string
  readonly variant?: string
}
