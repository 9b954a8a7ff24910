import { RpcError } from '../../core/errors.ts'

/** What the calls of one connection may hold at once of what came for them, in bytes on the wire: 128 MiB. */
export const maxHeldBytes = 134_217_728

/**
 * Counts what the calls of a session hold: items until their handlers take them, single messages until their calls
 * end. Each stream is bounded by its window; this bounds many of them, whose handlers wait for their turn.
 */
export class Held {
  private bytes = 0

  /** Counts bytes in; false, and nothing is counted, where they would be too many. */
  add(bytes: number): boolean {
    if (this.bytes + bytes > maxHeldBytes) return false
    this.bytes += bytes
    return true
  }

  remove(bytes: number): void {
    this.bytes -= bytes
  }

  /** What a call fails with whose message finds no room. */
  refusal(): RpcError {
    return new RpcError(
      'RESOURCE_EXHAUSTED',
      `the calls of this connection hold ${maxHeldBytes} bytes that are not taken yet`,
    )
  }
}
