import type { Call, Reply } from '../../core/call.ts'
import { RpcError } from '../../core/errors.ts'
import type { Lookup } from '../../core/transport.ts'
import { ClientExchange, type ClientContext } from './client-exchange.ts'
import { markNeverRan } from '../../core/never-ran.ts'
import type { CallsById } from './call-table.ts'
import { isNothing, readEnvelope } from './envelope.ts'
import type { Holding } from './holding.ts'
import { Line } from './line.ts'
import type { Port, Session, SessionSettings } from './port.ts'
import { refusedPayload } from './refused-payload.ts'
import { fullWriter, pingEnvelope, pongEnvelope, shortWriter } from './write-envelope.ts'

/** Calls over a port. */
export interface ClientSession extends Session {
  /** Rejects with the RpcError that a call fails with before its first message; with what ended the port where that is lost. */
  invoke(call: Call): Promise<Reply>
  /** Asks the server whether it lives; one that agreed on `microapi.v1` answers. */
  ping(): void
}

/** What a client's session knows. */
export interface ClientSessionOptions {
  readonly lookup: Lookup | undefined
  readonly settings: SessionSettings
  /** Holds a server that knows no credit, where the port can be paused. */
  readonly holding?: Holding | undefined
  /** Where the calls stand; a `Map` does where they are few. */
  readonly calls?: CallsById<ClientExchange> | undefined
}

/** Makes the calling side of a session. */
export function createClientSession(
  port: Port,
  { lookup, settings, holding, calls = new Map() }: ClientSessionOptions,
): ClientSession {
  const line = new Line(port)
  const writer = settings.negotiated ? shortWriter : fullWriter
  // Ids of 32 hex digits: what nobody else has, and a count.
  const prefix = crypto.randomUUID().replaceAll('-', '').slice(0, 24)
  let count = 0
  let end: RpcError | undefined
  const context: ClientContext = {
    lookup,
    settings,
    writer,
    line,
    holding,
    ended: (exchange) => calls.delete(exchange.id),
  }
  return {
    get size() {
      return calls.size
    },
    invoke: (call) =>
      new Promise((resolve, reject) => {
        if (end) return reject(markNeverRan(new RpcError(end.code, end.message)))
        const id = prefix + (count++ % 0x1_00_00_00_00).toString(16).padStart(8, '0')
        const exchange = new ClientExchange(context, call, id, { resolve, reject })
        calls.set(id, exchange)
        exchange.begin()
      }),
    receive(text, bytes) {
      const envelope = readEnvelope(text)
      if (!envelope) return
      if (envelope.type === 'ping') {
        // Not where the line is full: who pings without reading gets no more for it.
        if (isNothing(envelope.payload) && settings.negotiated && line.hasRoom) line.send(pongEnvelope)
        return
      }
      // What is not known has been given up.
      const exchange = calls.get(envelope.id ?? '')
      if (!exchange) return
      const refusal = refusedPayload(text, bytes, envelope, settings)
      if (refusal) exchange.giveUp(refusal)
      else exchange.receive(envelope, bytes)
    },
    ping() {
      if (settings.negotiated) line.send(pingEnvelope)
    },
    drained: () => line.drained(),
    lost(reason: RpcError) {
      end ??= reason
      line.lost()
      for (const exchange of calls.values()) exchange.fail(reason)
      holding?.release()
    },
  }
}
