import type { Call, Reply } from '../../core/call.ts'
import type { RpcError } from '../../core/errors.ts'
import { createMetadata } from '../../core/metadata.ts'
import type { Lookup } from '../../core/transport.ts'
import { fullWriter, labelOf, writeMessage, writeMetadata } from '../session/write-envelope.ts'
import { createCallIds } from './call-ids.ts'
import type { ClientWire } from './client-wire.ts'

/** Events on their way to the broker. */
export interface Publishes {
  /** Resolves when the broker has it. Rejects with the RpcError that it fails with. */
  invoke(wire: ClientWire, call: Call): Promise<Reply>
  /** What is not yet confirmed may have arrived, or not. */
  lost(reason: RpcError): void
}

/** Makes the publishes of a client, none yet. */
export function createPublishes(lookup: Lookup | undefined, maxMessageBytes: number): Publishes {
  const pending = new Set<(error: RpcError) => void>()
  const nextId = createCallIds()
  return {
    async invoke(wire, call) {
      const { service, method, input, metadata, lifetime } = call
      const stringify = lookup?.find(service, method)?.compiled.input.stringify ?? JSON.stringify
      const payload = writeMessage(stringify, input ?? {}, maxMessageBytes)
      const id = nextId()
      // Its time is what the caller waits for the broker; the event itself does not grow old.
      const body = fullWriter.request(labelOf(service, method, id), payload, writeMetadata(metadata))
      return new Promise((resolve, reject) => {
        const settle = (): boolean => {
          lifetime.offCancel(fail)
          return pending.delete(fail)
        }
        const fail = (error: RpcError): void => {
          if (settle()) reject(error)
        }
        pending.add(fail)
        lifetime.onCancel(fail)
        wire.event({ call, id, body }, (error) => {
          if (error) fail(error)
          else if (settle()) resolve({ output: {}, header: createMetadata(), trailer: createMetadata() })
        })
      })
    },
    lost(reason) {
      for (const fail of pending) fail(reason)
    },
  }
}
