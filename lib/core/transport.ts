import type { Invoke } from './call.ts'
import type { ImplementedMethod, Method } from './method.ts'

/** What a transport may know of a method. */
export type MethodFacts = Pick<Method, 'kind' | 'compiled' | 'options' | 'input' | 'output' | 'errors'>

/** A method under its name, as transports look it up. */
export interface MethodDescription extends MethodFacts {
  readonly service: string
  readonly name: string
}

/** What the calling side of a transport may know: the methods that it is about to call, one by one. */
export interface Lookup {
  find(service: string, method: string): MethodFacts | undefined
}

/** What the serving side of a transport may know of the methods that it carries. Without a description it speaks JSON only. */
export interface Description extends Lookup {
  find(service: string, method: string): MethodDescription | undefined
  readonly methods: readonly MethodDescription[]
  /** What the app says of its version. */
  readonly version?: number | string | undefined
  /** False while the server starts or drains; health checks answer by it. */
  ready(): boolean
  /** Tells when that changes; what it returns ends the telling. */
  onReady(hear: (ready: boolean) => void): () => void
  /** The largest message in bytes, where the transport has no setting of its own. */
  readonly maxMessageBytes?: number | undefined
}

/** A transport's server side, listening. */
export interface Listener {
  /** Where it listens, as a URL that `createClient` takes. */
  readonly url: string
  /** Takes no new connections; what is open stays. */
  stop(): void | Promise<void>
  /** Closes every connection, at once. */
  close(): Promise<void>
}

/** A transport's client side. It connects when it is first used. */
export interface Channel {
  /** Rejects when the call's lifetime is cancelled, even while nothing comes from the other side. */
  readonly invoke: Invoke
  /** Whether it takes many events of one method as one call: see `eventBatch`. */
  readonly takesBatches?: boolean
  /** Ends the connection; calls in flight fail CANCELLED. */
  close(): Promise<void>
}

/** Services by their names. */
export type ServiceTable = Readonly<Record<string, Readonly<Record<string, ImplementedMethod>>>>

/** One way for calls to travel. Imports neither server nor client: it carries an `Invoke` at each end. */
export interface Transport {
  /** URL schemes that it answers to. */
  readonly schemes: readonly string[]
  /**
   * What the transport offers beside the app, such as health checks. The server runs these services as it runs the
   * app's, without the app's middleware, and while it drains too.
   */
  services?(describe: Description): ServiceTable | Promise<ServiceTable>
  serve(invoke: Invoke, describe?: Description): Promise<Listener>
  connect(describe?: Lookup): Promise<Channel>
}

/** A transport that can live on the port of an HTTP server, by taking its upgrades. */
export interface UpgradeTransport extends Transport {
  upgrade(invoke: Invoke, describe?: Description): Promise<Upgrade>
}

/** What takes the upgrades of an HTTP server. */
export interface Upgrade {
  /** Takes a connection: what Node's `upgrade` event gives. */
  accept(request: object, socket: object, head: Uint8Array): void
  /** Takes no more connections; those that stand end with their last call. */
  stop(): void
  /** Ends every connection. */
  close(): Promise<void>
}

/** An app that has been started, for a transport that a user puts into a server of their own. */
export interface OpenedApp {
  readonly invoke: Invoke
  readonly describe: Description
  /** Refuses new calls, waits for those that run (10 s, then they are cancelled), and lets go of the app. */
  close(): Promise<void>
}

/** Something that can be opened to be served: an app. */
export interface Openable {
  open(options?: OpenAppOptions): Promise<OpenedApp>
}

/** How an app that is opened is to end. */
export interface OpenAppOptions {
  /** How long calls in flight may go on once it closes, in ms: 10,000. Then they are aborted, UNAVAILABLE. */
  readonly graceMs?: number | undefined
}
