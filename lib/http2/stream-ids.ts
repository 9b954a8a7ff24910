import type { ConnectionState } from './state.ts'

/** Whether the peer opens streams with such ids: clients odd ones, servers even ones (RFC 9113 §5.1.1). */
export function isPeers(c: ConnectionState, id: number): boolean {
  return id % 2 === (c.isServer ? 1 : 0)
}

/** Whether no stream of that id has ever been. */
export function isIdle(c: ConnectionState, id: number): boolean {
  return isPeers(c, id) ? id > c.lastPeerId : id >= c.nextId
}
