import type { Http2Client } from '../../../http2/driver/client.ts'
import { ClientCall, type CallLimits } from '../client-call.ts'
import { wasClosed } from './was-closed.ts'
import { createPauses } from './pauses.ts'
import type { Sender } from './sender.ts'
import type { ConnectionHooks } from './subchannel.ts'

/** What one address is made of. */
export interface SpacedOptions {
  readonly connect: (hooks: ConnectionHooks) => Http2Client
  /** From one failed attempt to the next, in ms. */
  readonly initialMs: number
  /** Milliseconds that only rise; replaced in tests. */
  readonly now?: () => number
}

/** Sends all calls to one address. Where it cannot be reached it is tried again for calls that wait, once in a second at most. */
export function spacedSender(
  limits: CallLimits,
  { connect, initialMs, now = () => performance.now() }: SpacedOptions,
): Sender {
  const pauses = createPauses()
  let failedAt: number | undefined
  let standing = false
  let closed = false
  const client = connect({
    onConnectionReady() {
      standing = true
      failedAt = undefined
    },
    onConnectionEnd() {
      // Lost is not refused: the next call connects at once.
      if (!standing) failedAt = now()
      standing = false
    },
  })
  const send: Sender['send'] = (call, target, settle) => {
    const reason = call.lifetime.reason ?? (closed ? wasClosed() : undefined)
    if (reason) return settle.reject(reason)
    new ClientCall(call, target.codec, limits, settle).send(client, target.headers[0]!)
  }
  return {
    send(call, target, settle) {
      const ms = failedAt === undefined ? 0 : failedAt + initialMs - now()
      if (ms > 0) pauses.wait(call.lifetime, ms, () => send(call, target, settle))
      else send(call, target, settle)
    },
    close() {
      closed = true
      pauses.end()
      return client.close({ graceMs: 0 })
    },
  }
}
