import type { Call, Reply } from '../../core/call.ts'
import { deadlineExceeded } from '../../core/deadline.ts'
import { RpcError, toRpcError } from '../../core/errors.ts'
import { isIterable } from '../../core/iterate.ts'
import { givesStream } from '../../core/kind.ts'
import { createMetadata } from '../../core/metadata.ts'
import type { Lookup } from '../../core/transport.ts'
import { addReplyMetadata, failureOf } from '../envelope.ts'
import { isNothing, type Envelope } from '../session/envelope.ts'
import { refusedPayload } from '../session/refused-payload.ts'
import type { SessionClock } from '../session/port.ts'
import { fullWriter, labelOf, noMetadata, writeMessage, writeMetadata } from '../session/write-envelope.ts'
import { createCallIds } from './call-ids.ts'
import type { ClientWire } from './client-wire.ts'
import { readOffer, type Offer } from './offer.ts'
import { readEnvelopes } from './read-body.ts'
import { wholeStream } from './whole-stream.ts'

/** What comes back for a request: the reply, or a server's offer to stream it. */
export type Answer = { readonly reply: Reply } | { readonly offer: Offer }

/** Requests on their way, each answered by one message. */
export interface Requests {
  /** Sends a call whole. Rejects with the RpcError that it fails with. */
  invoke(wire: ClientWire, call: Call): Promise<Answer>
  /** Asks who would take a stream. */
  open(wire: ClientWire, call: Call): Promise<Offer>
  /** An answer has come. */
  receive(body: string, bytes: number): void
  /** The request of this id was not delivered. */
  undelivered(id: string, reason: RpcError): void
  /** None of them is answered any more. */
  lost(reason: RpcError): void
}

interface Pending {
  answer(envelopes: readonly Envelope[], body: string, bytes: number): void
  fail(error: RpcError): void
}

/** What the requests of a client share. */
export interface RequestsOptions {
  readonly lookup: Lookup | undefined
  readonly clock: SessionClock
  readonly maxMessageBytes: number
  readonly maxDepth: number
  /** Until a server has taken a stream, in ms. */
  readonly openTimeoutMs: number
  /** What stands in each request's metadata beside the caller's, where the broker is one of those that need it. */
  readonly requestMetadata?: Readonly<Record<string, string>> | undefined
  /** The servers are Python's, which know no cancellation. */
  readonly isPython: boolean
  /** As the option is given whose servers are Python's, for error messages. */
  readonly pythonOption: string
}

/** Makes the requests of a client, none yet. */
export function createRequests(options: RequestsOptions): Requests {
  const { lookup, clock, maxMessageBytes, maxDepth, openTimeoutMs, isPython } = options
  const limits = { maxMessageBytes, maxDepth, clock, negotiated: false }
  const pending = new Map<string, Pending>()
  const nextId = createCallIds()

  const own = JSON.stringify(options.requestMetadata ?? {}).slice(1, -1)
  const withOwn = (text: string): string =>
    own === '' ? text : text === noMetadata ? `{${own}}` : `${text.slice(0, -1)},${own}}`
  const textOf = ({ service, method, input }: Call): string | Promise<string> => {
    if (input === undefined) return 'null'
    const stringify = lookup?.find(service, method)?.compiled.input.stringify ?? JSON.stringify
    return isIterable(input)
      ? wholeStream(input, stringify, maxMessageBytes)
      : writeMessage(stringify, input, maxMessageBytes)
  }
  const send = (wire: ClientWire, call: Call, id: string, payload: string): void => {
    const { service, method, deadline } = call
    const left = deadline === undefined ? undefined : deadline - clock.now()
    if (left !== undefined && left <= 0) throw deadlineExceeded()
    const body = fullWriter.request(
      labelOf(service, method, id),
      payload,
      withOwn(writeMetadata(call.metadata, left)),
    )
    wire.request({ call, id, body, deadline, expiresInMs: left, isOpening: false })
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
    open: (wire, call) =>
      new Promise((resolve, reject) => {
        const { service, method, lifetime } = call
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
              `no server has taken the stream in ${openTimeoutMs} ms (openTimeoutMs). Where the servers are Python's, which know no streams over a broker, say so: ${options.pythonOption}`,
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
        const body = fullWriter.open(labelOf(service, method, id), withOwn(noMetadata))
        wire.request({
          call,
          id,
          body,
          deadline: undefined,
          expiresInMs: openTimeoutMs,
          isOpening: true,
        })
        lifetime.onCancel(fail)
      }),
    receive(body, bytes) {
      const envelopes = readEnvelopes(body)
      const id = envelopes.find((envelope) => !isNothing(envelope.id))?.id
      pending.get(id ?? '')?.answer(envelopes, body, bytes)
    },
    undelivered: (id, reason) => pending.get(id)?.fail(reason),
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
