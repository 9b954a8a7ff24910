import type { Call, Reply } from '../../core/call.ts'
import { toRpcError, type RpcError } from '../../core/errors.ts'
import { batchFailure, isEventBatch } from '../../core/event-batch.ts'
import { createMetadata } from '../../core/metadata.ts'
import type { Lookup } from '../../core/transport.ts'
import { fullRequests, writeMessage, writeMetadata } from '../session/write-envelope.ts'
import { createCallIds } from './call-ids.ts'
import type { ClientWire, OutgoingEvent } from './client-wire.ts'

/** Events on their way to the broker. */
export interface Publishes {
  /** Resolves when the broker has it, or all of a batch. Rejects with the RpcError that it fails with. */
  invoke(wire: ClientWire, call: Call): Promise<Reply>
  /** What is not yet confirmed may have arrived, or not. */
  lost(reason: RpcError): void
}

/** Makes the publishes of a client, none yet. */
export function createPublishes(lookup: Lookup | undefined, maxMessageBytes: number): Publishes {
  const pending = new Set<(error: RpcError) => void>()
  const nextId = createCallIds()

  /** Throws the RpcError that it cannot be written for. */
  const writer = (call: Call): ((input: unknown) => OutgoingEvent) => {
    const { service, method } = call
    const stringify = lookup?.find(service, method)?.compiled.input.stringify ?? JSON.stringify
    // Its time is what the caller waits for the broker; the event itself does not grow old.
    const write = fullRequests(service, method, writeMetadata(call.metadata))
    return (input) => {
      const payload = writeMessage(stringify, input ?? {}, maxMessageBytes)
      const id = nextId()
      return { input, id, body: write(id, payload) }
    }
  }
  const sendAll = (wire: ClientWire, call: Call, done: (error?: RpcError) => void): void => {
    const { input } = call
    const write = writer(call)
    if (!isEventBatch(input)) return wire.events(call, [write(input)], done)
    const count = input.length
    const failures = new Map<number, RpcError>()
    let open = count
    // All are written before the first goes.
    wire.events(call, input.map(write), (error, place) => {
      if (error) failures.set(place, error)
      if (--open === 0) done(failures.size > 0 ? batchFailure(failures, count) : undefined)
    })
  }
  return {
    invoke: (wire, call) =>
      new Promise((resolve, reject) => {
        const { lifetime } = call
        const settle = (): boolean => {
          lifetime.offCancel(fail)
          return pending.delete(fail)
        }
        const fail = (error: RpcError): void => {
          if (settle()) reject(error)
        }
        pending.add(fail)
        lifetime.onCancel(fail)
        try {
          sendAll(wire, call, (error) => {
            if (error) fail(error)
            else if (settle()) resolve({ output: {}, header: createMetadata(), trailer: createMetadata() })
          })
        } catch (error) {
          fail(toRpcError(error))
        }
      }),
    lost(reason) {
      for (const fail of pending) fail(reason)
    },
  }
}
