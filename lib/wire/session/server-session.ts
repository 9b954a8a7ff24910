import { RpcError } from '../../core/errors.ts'
import type { Invoke } from '../../core/call.ts'
import type { Metadata } from '../../core/metadata.ts'
import type { Peer } from '../../core/context.ts'
import type { Description } from '../../core/transport.ts'
import { Backlog } from './backlog.ts'
import { CallTable } from './call-table.ts'
import { isNothing, readEnvelope, type Envelope } from './envelope.ts'
import { Held } from './held.ts'
import { Holding } from './holding.ts'
import { Line } from './line.ts'
import type { Port, Session, SessionSettings } from './port.ts'
import type { EndedExchange, ServerContext } from './server-context.ts'
import { refusedPayload } from './refused-payload.ts'
import { ServerExchange, type Opening } from './server-exchange.ts'
import { pongEnvelope } from './write-envelope.ts'
import { fullReplies, invalidMessage, shortReplies } from './write-reply.ts'

/** What a session serves, and to whom. */
export interface ServerSessionOptions {
  readonly invoke: Invoke
  readonly describe: Description | undefined
  readonly peer: Peer
  readonly settings: SessionSettings
  /** Stand in every call, whatever its caller says. */
  readonly metadata?: Metadata | undefined
  /** The last call that was under way has ended. */
  readonly onIdle?: () => void
  /** The client has read nothing for so long that its calls were given up: only the end of its connection frees what waits. */
  readonly onStuck?: () => void
}

/** So many calls may be under way on one connection; how many of them run is a limit of the app. */
const maxCalls = 10_000

/** Streams that were answered before their end, whose rest is dropped: so many are remembered. */
const maxUnfinished = 1_000

/** What nobody sends who has not agreed on it. */
const ours: ReadonlySet<string> = new Set(['open', 'cancel', 'credit', 'ping'])

/** Serves calls that come over a port. A class: one is made for every connection, most of which are idle. */
export class ServerSession implements Session {
  private readonly port: Port
  private readonly options: ServerSessionOptions
  private readonly calls = new CallTable<ServerExchange>()
  /** Only for peers whose every item could open a call. */
  private unfinished: Set<string> | undefined = undefined
  private opened: ServerContext | undefined = undefined

  constructor(port: Port, options: ServerSessionOptions) {
    this.port = port
    this.options = options
  }

  get size(): number {
    return this.calls.size
  }

  receive(text: string, bytes: number): void {
    const envelope = readEnvelope(text)
    if (!envelope) return this.context().line.send(invalidMessage)
    if (ours.has(envelope.type) && !this.options.settings.negotiated) return
    switch (envelope.type) {
      case 'request':
        return this.open(envelope, 'message', text, bytes)
      case 'open':
        return this.open(envelope, 'stream', text, bytes)
      case 'stream_push':
        return this.push(envelope, text, bytes)
      case 'stream_end':
        return this.end(envelope, text, bytes)
      case 'cancel':
        return this.find(envelope)?.cancel(new RpcError('CANCELLED', 'the client has cancelled the call'))
      case 'credit':
        return this.find(envelope)?.credit(envelope)
      case 'ping':
        return this.pong(envelope)
      default:
        // Of a later version, or a reply that has lost its way.
        return
    }
  }

  drained(): void {
    this.opened?.line.drained()
  }

  lost(): void {
    const context = this.opened
    if (!context) return
    context.line.lost()
    const gone = new RpcError('CANCELLED', 'the client has gone')
    for (const exchange of this.calls.values()) exchange.cancel(gone)
    context.holding.release()
  }

  /** Fails every call that is under way. */
  abort(reason: RpcError): void {
    for (const exchange of this.calls.values()) exchange.fail(reason)
  }

  private find({ id }: Envelope): ServerExchange | undefined {
    return this.calls.get(id ?? '')
  }

  private open(envelope: Envelope, opening: Opening, text: string, bytes: number): void {
    const known = this.find(envelope)
    if (known) return known.fail(new RpcError('INVALID_ARGUMENT', 'the id of this call is in use already'))
    const exchange = new ServerExchange(this.context(), envelope, opening)
    this.calls.set(exchange.id, exchange)
    try {
      const refusal = refusedPayload(text, bytes, envelope, this.options.settings)
      if (refusal) throw refusal
      if (this.calls.size > maxCalls)
        throw new RpcError('RESOURCE_EXHAUSTED', `${maxCalls} calls are under way on this connection already`)
      exchange.begin(envelope, bytes)
    } catch (error) {
      exchange.fail(error)
    }
  }

  private push(envelope: Envelope, text: string, bytes: number): void {
    let exchange = this.find(envelope)
    if (!exchange && this.opensCall(envelope)) {
      // The first item opens the call, and is the first item.
      this.open({ ...envelope, payload: undefined }, 'stream', '', 0)
      exchange = this.find(envelope)
    }
    if (!exchange) return
    try {
      const refusal = refusedPayload(text, bytes, envelope, this.options.settings)
      if (refusal) throw refusal
      exchange.push(envelope, bytes)
    } catch (error) {
      exchange.fail(error)
    }
  }

  private end(envelope: Envelope, text: string, bytes: number): void {
    if (this.unfinished?.delete(envelope.id ?? '')) return
    // A stream of no items is its end alone.
    if (!this.find(envelope) && this.opensCall(envelope))
      this.open({ ...envelope, payload: undefined }, 'stream', text, bytes)
    const exchange = this.find(envelope)
    try {
      exchange?.end(envelope)
    } catch (error) {
      exchange?.fail(error)
    }
  }

  private opensCall({ id, service }: Envelope): boolean {
    if (this.options.settings.negotiated || isNothing(service)) return false
    return this.unfinished?.has(id ?? '') !== true
  }

  private pong({ payload }: Envelope): void {
    // Not where the line is full: who pings without reading gets no more for it.
    const { line } = this.context()
    if (isNothing(payload) && line.hasRoom) line.send(pongEnvelope)
  }

  private ended(exchange: EndedExchange): void {
    this.calls.delete(exchange.id)
    if (this.calls.size === 0) this.options.onIdle?.()
    if (!exchange.isOpen || this.options.settings.negotiated) return
    const unfinished = (this.unfinished ??= new Set())
    unfinished.add(exchange.id)
    if (unfinished.size > maxUnfinished) unfinished.delete(unfinished.values().next().value!)
  }

  /** Nobody reads what is answered. */
  private giveUp(): void {
    this.abort(new RpcError('RESOURCE_EXHAUSTED', 'the answers to this connection are not read'))
    this.options.onStuck?.()
  }

  /** Made with the first call: an idle connection needs little. */
  private context(): ServerContext {
    return (this.opened ??= this.makeContext())
  }

  private makeContext(): ServerContext {
    const { invoke, describe, peer, settings, metadata } = this.options
    const holding = new Holding(this.port, settings.clock)
    const backlog = new Backlog(holding, settings.clock, () => this.giveUp())
    return {
      invoke,
      describe,
      peer,
      connection: this,
      settings,
      metadata,
      writer: settings.negotiated ? shortReplies : fullReplies,
      line: new Line(this.port, backlog),
      holding,
      held: new Held(),
      gatherings: 0,
      ended: (exchange) => this.ended(exchange),
    }
  }
}
