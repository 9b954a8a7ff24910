import type { JsonObject } from '../json-schema/keywords.ts'
import type { NamedMethod } from '../json-schema/source.ts'

/** A channel without its messages. */
export interface Place {
  /** Its name in the document, behind the broker's. */
  readonly id: string
  readonly address: string | null
  readonly description: string
  readonly bindings?: JsonObject
}

/** What a message is to its broker. */
export type MessageRole = 'request' | 'answer' | 'event' | 'session'

/** What may stand beside the envelopes of each kind of message, by name. */
export type Headers = Readonly<Record<MessageRole, Readonly<Record<string, JsonObject>>>>

/** What is peculiar to a broker. */
export interface BrokerNotes {
  /** Its name among the servers, and before the names of channels and operations. */
  readonly name: 'amqp' | 'kafka'
  readonly server: JsonObject
  requests(method: NamedMethod): Place
  event(method: NamedMethod): Place
  readonly replies: Place
  readonly sessions: Place
  /** Where a request says that its answer is to go, if the channel of answers does not say it. */
  readonly replyAddress?: JsonObject
  /** What may stand beside an envelope, by name. */
  readonly headers: Headers
  messageBindings(role: MessageRole, method: NamedMethod): JsonObject
  operationBindings(role: 'request' | 'event', method: NamedMethod): JsonObject
}

/** A text, and what it says. */
export function text(description: string, more: JsonObject = {}): JsonObject {
  return { type: 'string', description, ...more }
}
