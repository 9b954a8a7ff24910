import type { KafkaMessage } from 'kafkajs'
import type { Call } from '../../core/call.ts'
import { RpcError, toRpcError } from '../../core/errors.ts'
import { markNeverRan } from '../../core/never-ran.ts'
import type { ClientWire, OutgoingRequest, WireListener } from '../../wire/broker/client-wire.ts'
import { cancelMessage, sessionEnd, sessionMessage } from '../../wire/broker/message-kinds.ts'
import { openInbox } from './inbox/inbox.ts'
import type { KeyOf } from './key-of.ts'
import type { KafkaLike } from './connection/kafka-like.ts'
import { loadKafka } from './connection/load.ts'
import type { KafkaSettings } from './options.ts'
import {
  callHeader,
  callText,
  cancelTopic,
  commonReplies,
  idHeader,
  numberHeader,
  readHeader,
  readNumber,
  replyToHeader,
  typeHeader,
} from './protocol.ts'
import type { Sent } from './publisher/letter.ts'
import { openPublisher } from './publisher/publisher.ts'
import { sessionRecord } from './server-carrier.ts'
import { currentTransaction } from './handling/transactions.ts'
import { ensureTopics } from './topics.ts'
import { eventTopicOf, replies, topicOf } from './topics-of.ts'

/** Connects. Resolves when nothing that is sent to this client is missed. Rejects with an RpcError. */
export async function openWire(
  settings: KafkaSettings,
  keyOf: KeyOf,
  listener: WireListener,
): Promise<ClientWire> {
  const { topic, replyTopic, peer } = settings
  const kafka = await loadKafka(settings)
  await ensureTopics(kafka, [replies(replyTopic)], settings)
  const python = await openCommon(kafka, settings)
  const [publisher, inbox] = await Promise.all([
    openPublisher(kafka, settings),
    openInbox(kafka, {
      settings,
      topics: python,
      onMessage: (from, message) => tell(listener, from === commonReplies, message),
    }),
  ])
  const headersOf = (request: OutgoingRequest): Record<string, string> => ({
    [callHeader]: callText(request),
    [replyToHeader]: inbox.address,
  })
  return {
    request(request) {
      const { call, id, body } = request
      const { service, method } = call
      const headers = peer === 'python' ? {} : { headers: headersOf(request) }
      const to = topicOf(settings, service, method)
      const key = request.isOpening ? id : keyOf(call)(call.input)
      publisher.send({ topic: to, key, value: body, ...headers }, (error) => {
        if (error)
          listener.undelivered(
            id,
            orNobody(error, `nobody serves it: there is no topic "${to}" at the broker`),
          )
      })
    },
    // Without headers: each costs as much as all else of a record, and the envelope says it all.
    events(call, events, done) {
      const to = eventTopicOf(settings, call.service, call.method)
      const way = currentTransaction(settings) ?? publisher
      const read = keyOf(call)
      // One for all of them, and nothing of an event but what goes out: thousands may wait for the brokers.
      const sent: Sent = (error, place) => done(error && orNobody(error, unhandled(call)), place)
      for (const [place, { input, body }] of events.entries()) {
        let key: string | null
        try {
          key = read(input)
        } catch (error) {
          done(toRpcError(error), place)
          continue
        }
        way.send({ topic: to, key, value: body }, sent, place)
      }
    },
    session({ queue, session, number, body, replyTo }, confirmed) {
      const record = sessionRecord({ queue, session }, body, {
        [typeHeader]: sessionMessage,
        [numberHeader]: `${number}`,
        ...(replyTo !== undefined && { [replyToHeader]: replyTo }),
      })
      if (record) publisher.send(record, (error) => error ?? confirmed())
    },
    endSession(queue, session) {
      const record = sessionRecord({ queue, session }, '', { [typeHeader]: sessionEnd })
      if (record) publisher.send(record)
    },
    cancel(id) {
      const headers = { [typeHeader]: cancelMessage, [idHeader]: id }
      publisher.send({ topic: cancelTopic(topic), key: null, value: '', headers })
    },
    blocked: false,
    unblocked: () => Promise.resolve(),
    async close() {
      await Promise.all([publisher.close(), inbox.close()])
    },
  }
}

function tell(listener: WireListener, isCommon: boolean, { value, headers }: KafkaMessage): void {
  const body = value?.toString() ?? ''
  const bytes = value?.length ?? 0
  if (isCommon) return listener.answer(body, bytes)
  const type = readHeader(headers, typeHeader)
  const session = readHeader(headers, idHeader) ?? ''
  if (type === sessionEnd) return listener.sessionEnded(session)
  if (type !== sessionMessage) return listener.answer(body, bytes)
  const number = readNumber(headers, numberHeader)
  if (number !== undefined) listener.sessionMessage(session, number, body, bytes)
}

/**
 * Where Python's servers answer. It is made before the first of them does: their brokers would make it with the first
 * answer, which nobody here would read. Where it is missing and may not be made, no Python server can answer.
 */
async function openCommon(kafka: KafkaLike, settings: KafkaSettings): Promise<readonly string[]> {
  try {
    await ensureTopics(kafka, [{ ...replies(commonReplies), partitions: 1 }], settings)
    return [commonReplies]
  } catch (error) {
    if (settings.peer === 'python' || toRpcError(error).code === 'UNAVAILABLE') throw error
    return []
  }
}

/** Where the topic is missing, no server has ever been there. */
function orNobody(error: RpcError, text: string): RpcError {
  return error.code === 'NOT_FOUND'
    ? markNeverRan(new RpcError('UNAVAILABLE', text, { cause: error }))
    : error
}

function unhandled({ service, method }: Call): string {
  return `nobody handles it: no server has ever asked the broker for the event "${service}.${method}"`
}
