import type { Invoke } from '../../core/call.ts'
import type { Peer } from '../../core/context.ts'
import { RpcError } from '../../core/errors.ts'
import type { Description } from '../../core/transport.ts'
import { ServerSession } from '../session/server-session.ts'
import type { SessionSettings } from '../session/port.ts'
import { Lane } from './lane.ts'

/** A client's end of a session. */
export interface Recipient {
  readonly queue: string
  readonly session: string
}

/** How the sessions of a server reach their clients. */
export interface ServerCarrier {
  /** Sends a message of a session; does nothing where the connection is lost. */
  publish(to: Recipient, number: number, body: string, confirmed: () => void): void
  /** Tells a client that a session has ended. */
  end(to: Recipient): void
}

/** What all sessions of a server share. */
export interface ServerSessionsOptions {
  /** What calls say of where they came from. */
  readonly peer: Peer
  readonly invoke: Invoke
  readonly describe: Description | undefined
  readonly carrier: ServerCarrier
  readonly settings: SessionSettings
  readonly maxBufferedBytes: number
  /** Silence after which a client is dead, in ms. */
  readonly leaseMs: number
}

/** A message that came for a session. */
export interface SessionMessage {
  readonly session: string
  readonly number: number
  /** The first names where the answers go. */
  readonly replyTo: string | undefined
  readonly body: string
  readonly bytes: number
}

/** The sessions of a server with its clients, for streams. */
export interface ServerSessions {
  receive(message: SessionMessage): void
  /** A client has ended its session, or is gone. */
  lost(session: string): void
  /** Ends all: the connection is lost. */
  lostAll(): void
  /** Fails what runs, says so to every client, and ends all. */
  close(): void
}

interface Entry {
  readonly replyTo: string
  readonly lane: Lane
  readonly session: ServerSession
}

/** How many clients may have sessions: whoever can write to the queue could make any number. */
const maxSessions = 10_000

/** Makes the sessions of a server, none yet. */
export function createServerSessions(options: ServerSessionsOptions): ServerSessions {
  const { invoke, describe, peer, carrier, settings, maxBufferedBytes, leaseMs } = options
  const entries = new Map<string, Entry>()

  const open = (id: string, replyTo: string): Entry => {
    const broken = (reason: RpcError): void => {
      entry.session.abort(reason)
      finish(id, entry)
    }
    const lane = new Lane(
      {
        carrier: {
          publish: (number, body, confirmed) =>
            carrier.publish({ queue: replyTo, session: id }, number, body, confirmed),
        },
        maxBufferedBytes,
        broken,
      },
      settings.clock.now(),
    )
    const session = new ServerSession(lane, {
      invoke,
      describe,
      peer,
      settings,
      onStuck: () => broken(new RpcError('RESOURCE_EXHAUSTED', 'the answers are not read')),
    })
    lane.attach(session)
    const entry = { replyTo, lane, session }
    entries.set(id, entry)
    return entry
  }
  const finish = (id: string, { lane, replyTo, session }: Entry): void => {
    entries.delete(id)
    lane.flush()
    lane.close()
    session.lost()
    carrier.end({ queue: replyTo, session: id })
  }
  const lost = (id: string): void => {
    const entry = entries.get(id)
    if (!entry) return
    entries.delete(id)
    entry.lane.close()
    entry.session.lost()
  }
  const timer = setInterval(() => {
    const oldest = settings.clock.now() - leaseMs
    for (const [id, { lane }] of entries) if (lane.heardAt < oldest) lost(id)
  }, leaseMs / 6)
  timer.unref()

  return {
    receive({ session: id, number, replyTo, body, bytes }) {
      let entry = entries.get(id)
      if (!entry) {
        // What is no beginning belongs to a session that has ended.
        if (number !== 0 || replyTo === undefined || entries.size >= maxSessions) return
        entry = open(id, replyTo)
      }
      entry.lane.receive(number, body, bytes, settings.clock.now())
    },
    lost,
    lostAll() {
      clearInterval(timer)
      for (const id of entries.keys()) lost(id)
    },
    close() {
      clearInterval(timer)
      for (const [id, entry] of entries) {
        entry.session.abort(new RpcError('UNAVAILABLE', 'the server is shutting down'))
        finish(id, entry)
      }
    },
  }
}
