import type { Socket } from 'node:net'
import type { Call } from '../../core/call.ts'
import type { Peer } from '../../core/context.ts'
import { RpcError } from '../../core/errors.ts'

/** A client's connection: the calls that run over it end with it. */
export interface Connection {
  readonly peer: Peer
  /** Cancels the call when the connection is lost before the call has ended. */
  attach(call: Call): void
  /** The call has ended. */
  detach(call: Call): void
  /** Whether calls run over it whose answers were not yet handed to its socket. */
  readonly busy: boolean
}

/** Whether an answer is under way on a socket, up to its last byte. */
export function isAnswering(socket: Socket): boolean {
  return socket.writableLength > 0 || connections.get(socket)?.busy === true
}

const connections = new WeakMap<Socket, Connection>()

/** The connection behind a socket. One listener for all its calls: one for each would be dear. */
export function connectionOf(socket: Socket): Connection {
  let connection = connections.get(socket)
  if (!connection) connections.set(socket, (connection = watch(socket)))
  return connection
}

function watch(socket: Socket): Connection {
  // One call at a time is the rule of HTTP/1.1, and a set for it would be made anew every few calls; pipelining makes more.
  let only: Call | undefined
  let others: Set<Call> | undefined
  const lost = (call: Call): void => call.lifetime.cancel(new RpcError('CANCELLED', 'the client has gone'))
  socket.once('close', () => {
    if (only) lost(only)
    others?.forEach(lost)
  })
  return {
    peer: { transport: 'http', address: socket.remoteAddress },
    attach(call) {
      if (only === undefined) only = call
      else (others ??= new Set()).add(call)
    },
    detach(call) {
      if (only === call) only = undefined
      else others?.delete(call)
    },
    get busy() {
      return only !== undefined || (others?.size ?? 0) > 0
    },
  }
}
