import type { Call, Reply } from '../../core/call.ts'
import { RpcError } from '../../core/errors.ts'
import type { Lookup } from '../../core/transport.ts'
import { Holding } from '../session/holding.ts'
import { createClientSession, type ClientSession } from '../session/client-session.ts'
import type { SessionSettings } from '../session/port.ts'
import { Lane } from './lane.ts'
import type { ClientWire } from './client-wire.ts'
import type { Offer } from './offer.ts'

/** The sessions of a client with the servers that took its streams. */
export interface ClientSessions {
  /** Streams a call with the server that made the offer. */
  invoke(wire: ClientWire, offer: Offer, call: Call): Promise<Reply>
  receive(session: string, number: number, body: string, bytes: number): void
  /** The server has ended the session, or is gone. */
  ended(session: string, reason: RpcError): void
  /** Ends all: the connection is lost, or closed. `tell` says so to the servers. */
  lost(reason: RpcError, tell?: boolean): void
}

interface Entry {
  readonly id: string
  readonly queue: string
  readonly wire: ClientWire
  readonly lane: Lane
  readonly session: ClientSession
  /** When it had nothing to do for the first time, in ms since the epoch. */
  idleSince: number | undefined
}

/** What the sessions of a client share. */
export interface ClientSessionsOptions {
  readonly lookup: Lookup | undefined
  readonly settings: SessionSettings
  readonly maxBufferedBytes: number
  /** Silence after which a server is dead, and idleness after which a session is, in ms. */
  readonly leaseMs: number
}

/** Makes the sessions of a client, none yet. */
export function createClientSessions(options: ClientSessionsOptions): ClientSessions {
  const { lookup, settings, maxBufferedBytes, leaseMs } = options
  const byQueue = new Map<string, Entry>()
  const byId = new Map<string, Entry>()
  let stopBeating: (() => void) | undefined

  const open = (wire: ClientWire, { queue, reply_to }: Offer): Entry => {
    const id = crypto.randomUUID().replaceAll('-', '')
    const lane = new Lane(
      {
        maxBufferedBytes,
        carrier: {
          publish(number, body, confirmed) {
            const replyTo = number === 0 ? reply_to : undefined
            wire.session({ queue, session: id, number, body, replyTo }, confirmed)
          },
        },
        broken: (reason) => end(entry, reason, true),
      },
      settings.clock.now(),
    )
    const session = createClientSession(lane, {
      lookup,
      settings,
      holding: new Holding(lane, settings.clock),
    })
    lane.attach(session)
    const entry: Entry = { id, queue, wire, lane, session, idleSince: undefined }
    byQueue.set(queue, entry)
    byId.set(id, entry)
    beat()
    return entry
  }
  const end = ({ id, queue, wire, lane, session }: Entry, reason: RpcError, tell: boolean): void => {
    if (!byId.delete(id)) return
    byQueue.delete(queue)
    session.lost(reason)
    if (tell) {
      lane.flush()
      wire.endSession(queue, id)
    }
    lane.close()
  }
  // One timer for all, which asks every server whether it lives. To ask is to learn at once that its queue is gone.
  const beat = (): void => {
    stopBeating ??= settings.clock.after(leaseMs / 6, () => {
      stopBeating = undefined
      const now = settings.clock.now()
      for (const entry of byId.values()) look(entry, now)
      if (byId.size > 0) beat()
    })
  }
  const look = (entry: Entry, now: number): void => {
    entry.idleSince = entry.session.size > 0 ? undefined : (entry.idleSince ?? now)
    if (now - entry.lane.heardAt > leaseMs)
      end(
        entry,
        new RpcError('UNAVAILABLE', `the server of this stream has been silent for ${leaseMs} ms (leaseMs)`),
        true,
      )
    else if (entry.idleSince !== undefined && now - entry.idleSince > leaseMs)
      end(entry, new RpcError('UNAVAILABLE', 'the session was idle'), true)
    else entry.session.ping()
  }
  return {
    invoke(wire, offer, call) {
      const entry = byQueue.get(offer.queue) ?? open(wire, offer)
      entry.idleSince = undefined
      return entry.session.invoke(call)
    },
    receive(id, number, body, bytes) {
      byId.get(id)?.lane.receive(number, body, bytes, settings.clock.now())
    },
    ended(id, reason) {
      const entry = byId.get(id)
      if (entry) end(entry, reason, false)
    },
    lost(reason, tell = false) {
      for (const entry of byId.values()) end(entry, reason, tell)
      stopBeating?.()
      stopBeating = undefined
    },
  }
}
