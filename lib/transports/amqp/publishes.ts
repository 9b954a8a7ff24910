import type { Call, Reply } from '../../core/call.ts'
import { RpcError } from '../../core/errors.ts'
import { createMetadata } from '../../core/metadata.ts'
import { markNeverRan } from '../../core/never-ran.ts'
import type { Lookup } from '../../core/transport.ts'
import { fullWriter, labelOf, writeMessage, writeMetadata } from '../../wire/session/write-envelope.ts'
import { createCallIds } from './call-ids.ts'
import type { AmqpSettings } from './options.ts'
import { eventMessage } from './protocol.ts'
import { eventKeyOf } from './sources.ts'
import type { Wire } from './wire.ts'

/** Events on their way to the broker. */
export interface Publishes {
  /** Resolves when the broker has it in its queues. Rejects with the RpcError that it fails with. */
  invoke(wire: Wire, call: Call): Promise<Reply>
  /** No queue took the event of this id. */
  returned(id: string, event: string): void
  /** What is not yet confirmed may have arrived, or not. */
  lost(reason: RpcError): void
}

/** Makes the publishes of a client, none yet. */
export function createPublishes(lookup: Lookup | undefined, { maxMessageBytes }: AmqpSettings): Publishes {
  const pending = new Map<string, (error: RpcError) => void>()
  const nextId = createCallIds()
  return {
    async invoke(wire, { service, method, input, metadata, lifetime }) {
      const stringify = lookup?.find(service, method)?.compiled.input.stringify ?? JSON.stringify
      const payload = writeMessage(stringify, input ?? {}, maxMessageBytes)
      const id = nextId()
      // Its time is what the caller waits for the broker; the event itself does not grow old.
      const body = fullWriter.request(labelOf(service, method, id), payload, writeMetadata(metadata))
      const options = {
        correlationId: id,
        contentType: 'application/json',
        type: eventMessage,
        persistent: true,
      }
      await wire.eventExchange()
      if (lifetime.reason) throw lifetime.reason
      return new Promise((resolve, reject) => {
        const settle = (): boolean => {
          lifetime.offCancel(fail)
          return pending.delete(id)
        }
        const fail = (error: RpcError): void => {
          if (settle()) reject(error)
        }
        pending.set(id, fail)
        lifetime.onCancel(fail)
        wire.event(eventKeyOf(service, method), body, options, (outcome) => {
          if (outcome === 'confirmed') {
            if (settle()) resolve({ output: {}, header: createMetadata(), trailer: createMetadata() })
          } else if (outcome === 'refused') fail(new RpcError('UNAVAILABLE', 'the broker refused the event'))
          else
            fail(
              new RpcError(
                'UNAVAILABLE',
                'the connection was lost before the broker had confirmed the event',
              ),
            )
        })
      })
    },
    returned(id, event) {
      const text = `nobody handles it: no server has ever asked the broker for the event "${event}"`
      pending.get(id)?.(markNeverRan(new RpcError('UNAVAILABLE', text)))
    },
    lost(reason) {
      for (const fail of pending.values()) fail(reason)
    },
  }
}
