import type { Options } from 'amqplib'
import type { Call, Reply } from '../../core/call.ts'
import { deadlineExceeded } from '../../core/deadline.ts'
import { RpcError, toRpcError } from '../../core/errors.ts'
import { isIterable } from '../../core/iterate.ts'
import { givesStream } from '../../core/kind.ts'
import { createMetadata } from '../../core/metadata.ts'
import { markNeverRan } from '../../core/never-ran.ts'
import type { Lookup } from '../../core/transport.ts'
import { addReplyMetadata, failureOf, isNothing, type Envelope } from '../../wire/session/envelope.ts'
import { refusedPayload } from '../../wire/session/refused-payload.ts'
import type { SessionClock } from '../../wire/session/port.ts'
import {
  fullWriter,
  labelOf,
  noMetadata,
  writeMessage,
  writeMetadata,
} from '../../wire/session/write-envelope.ts'
import { tooLargeError } from '../../wire/too-large.ts'
import { createCallIds } from './call-ids.ts'
import { readEnvelopes, readOffer } from './message.ts'
import type { AmqpSettings } from './options.ts'
import { deadlineHeader, ours, type Offer } from './protocol.ts'
import { correlationIdOf } from './publish.ts'
import { queueOf } from './queues.ts'
import type { Wire } from './wire.ts'

/** What comes back for a request: the reply, or a server's offer to stream it. */
export type Answer = { readonly reply: Reply } | { readonly offer: Offer }

/** Requests on their way, each answered by one message. */
export interface Requests {
  /** Sends a call whole. Rejects with the RpcError that it fails with. */
  invoke(wire: Wire, call: Call): Promise<Answer>
  /** Asks who would take a stream. */
  open(wire: Wire, call: Call): Promise<Offer>
  /** An answer has come. */
  receive(body: string, bytes: number): void
  /** No queue took the request of this id. */
  returned(id: string, queue: string): void
  /** None of them is answered any more. */
  lost(reason: RpcError): void
}

interface Pending {
  answer(envelopes: readonly Envelope[], body: string, bytes: number): void
  fail(error: RpcError): void
}

/** The longest expiry that RabbitMQ takes, in ms. */
const longestExpiry = 4_294_967_295

/** Makes the requests of a client, none yet. */
export function createRequests(
  lookup: Lookup | undefined,
  settings: AmqpSettings,
  clock: SessionClock,
): Requests {
  const { maxMessageBytes, maxDepth, persistent, priority } = settings
  const limits = { maxMessageBytes, maxDepth, clock, negotiated: false }
  const isPython = settings.peer === 'python'
  const pending = new Map<string, Pending>()
  const nextId = createCallIds()

  const textOf = ({ service, method, input }: Call): string | Promise<string> => {
    if (input === undefined) return 'null'
    const stringify = lookup?.find(service, method)?.compiled.input.stringify ?? JSON.stringify
    return isIterable(input)
      ? wholeOf(input, stringify, maxMessageBytes)
      : writeMessage(stringify, input, maxMessageBytes)
  }
  const send = (wire: Wire, call: Call, id: string, payload: string): void => {
    const { service, method, deadline } = call
    const left = deadline === undefined ? undefined : deadline - clock.now()
    if (left !== undefined && left <= 0) throw deadlineExceeded()
    const body = fullWriter.request(labelOf(service, method, id), payload, writeMetadata(call.metadata, left))
    const options: Options.Publish = { correlationId: id, contentType: 'application/json', persistent }
    if (!isPython) options.type = ours
    const level = priority?.(call)
    if (level !== undefined) options.priority = level
    if (left !== undefined && left <= longestExpiry) {
      options.expiration = `${Math.ceil(left)}`
      options.headers = { [deadlineHeader]: Math.ceil(deadline!) }
    }
    wire.request(queueOf(settings, service, method), body, options)
  }
  const answerOf = (call: Call, envelopes: readonly Envelope[], body: string, bytes: number): Answer => {
    const header = createMetadata()
    const trailer = createMetadata()
    for (const envelope of envelopes) {
      const offer = readOffer(envelope)
      if (offer) return { offer }
      if (envelope.type === 'header') addReplyMetadata(header, envelope.metadata)
      if (envelope.type !== 'response' && envelope.type !== 'stream_end') continue
      const refusal = refusedPayload(body, bytes, envelope, limits)
      const failure = refusal ?? failureOf(envelope)
      if (failure) throw failure
      addReplyMetadata(trailer, envelope.metadata)
      return { reply: { output: outputOf(call, envelope.payload), header, trailer } }
    }
    throw new RpcError('INTERNAL', 'the server answered with something that is no answer')
  }
  return {
    invoke: (wire, call) =>
      new Promise((resolve, reject) => {
        const id = nextId()
        const { lifetime } = call
        const settle = (): void => {
          lifetime.offCancel(giveUp)
          pending.delete(id)
        }
        const fail = (error: RpcError): void => {
          settle()
          reject(error)
        }
        const giveUp = (reason: RpcError): void => {
          // A deadline that has passed is known to the server.
          if (!isPython && !(call.deadline !== undefined && call.deadline <= clock.now())) wire.cancel(id)
          fail(reason)
        }
        const begin = (payload: string): void => {
          if (lifetime.reason) return reject(lifetime.reason)
          pending.set(id, {
            fail,
            answer(envelopes, body, bytes) {
              settle()
              try {
                resolve(answerOf(call, envelopes, body, bytes))
              } catch (error) {
                reject(error)
              }
            },
          })
          try {
            send(wire, call, id, payload)
          } catch (error) {
            return fail(toRpcError(error))
          }
          lifetime.onCancel(giveUp)
        }
        try {
          const payload = textOf(call)
          if (typeof payload === 'string') begin(payload)
          else payload.then(begin).catch((error: unknown) => reject(toRpcError(error)))
        } catch (error) {
          reject(toRpcError(error))
        }
      }),
    open: (wire, { service, method, lifetime }) =>
      new Promise((resolve, reject) => {
        const { openTimeoutMs } = settings
        const id = nextId()
        const settle = (): void => {
          stop()
          lifetime.offCancel(fail)
          pending.delete(id)
        }
        const fail = (error: RpcError): void => {
          settle()
          reject(error)
        }
        const stop = clock.after(openTimeoutMs, () =>
          fail(
            new RpcError(
              'UNAVAILABLE',
              `no server has taken the stream in ${openTimeoutMs} ms (openTimeoutMs). Where the servers are Python's, which know no streams over RabbitMQ, say so: amqp({ peer: 'python' })`,
            ),
          ),
        )
        pending.set(id, {
          fail,
          answer(envelopes) {
            settle()
            const offer = envelopes.map(readOffer).find((one) => one !== undefined)
            if (offer) return resolve(offer)
            const failure = envelopes.map(failureOf).find((one) => one !== undefined)
            reject(failure ?? new RpcError('INTERNAL', 'the server answered with something that is no offer'))
          },
        })
        const body = fullWriter.open(labelOf(service, method, id), noMetadata)
        wire.request(queueOf(settings, service, method), body, {
          ...correlationIdOf(id),
          contentType: 'application/json',
          type: ours,
          expiration: `${openTimeoutMs}`,
        })
        lifetime.onCancel(fail)
      }),
    receive(body, bytes) {
      const envelopes = readEnvelopes(body)
      const id = envelopes.find((envelope) => !isNothing(envelope.id))?.id
      pending.get(id ?? '')?.answer(envelopes, body, bytes)
    },
    returned(id, queue) {
      const text = `nobody serves it: there is no queue "${queue}" at the broker`
      pending.get(id)?.fail(markNeverRan(new RpcError('UNAVAILABLE', text)))
    },
    lost(reason) {
      for (const one of pending.values()) one.fail(reason)
    },
  }
}

/** What a server answers a stream with is one array. */
function outputOf({ kind }: Call, payload: unknown): unknown {
  if (kind === undefined || !givesStream(kind)) return payload ?? {}
  if (Array.isArray(payload)) return payload
  return isNothing(payload) ? [] : [payload]
}

/** A stream as one array. Throws RESOURCE_EXHAUSTED, and leaves the stream, where it is larger than a message may be. */
async function wholeOf(
  input: AsyncIterable<unknown> | Iterable<unknown>,
  stringify: (message: unknown) => string,
  maxBytes: number,
): Promise<string> {
  const items: string[] = []
  let bytes = 2
  for await (const item of input) {
    const text = stringify(item)
    bytes += Buffer.byteLength(text) + 1
    if (bytes > maxBytes) throw tooLargeError(maxBytes)
    items.push(text)
  }
  return `[${items.join(',')}]`
}
