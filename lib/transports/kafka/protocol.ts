import type { IHeaders } from 'kafkajs'
import type { RpcError } from '../../core/errors.ts'

/** Headers beside the envelope. The Python package writes none and reads none. */

/** What the message is: see wire/broker/message-kinds.ts. */
export const typeHeader = 'microapi-type'
/** The id of the call, or of the session. */
export const idHeader = 'microapi-id'
/** Where answers go: an address, see address.ts. */
export const replyToHeader = 'microapi-reply-to'
/** On what goes to an address: whose it is, since several read one partition. */
export const toHeader = 'microapi-to'
/** The number of a session's message. */
export const numberHeader = 'microapi-number'
/** When the call must have ended, in ms since the epoch. */
export const deadlineHeader = 'microapi-deadline'
/** On one that comes again or is a dead letter: how often it was handled. */
export const attemptsHeader = 'microapi-attempts'
/** On one that comes again: not before this time, in ms since the epoch. */
export const dueHeader = 'microapi-due'
/** On one that comes again or is a dead letter: where it was first. */
export const topicHeader = 'microapi-topic'
export const partitionHeader = 'microapi-partition'
export const offsetHeader = 'microapi-offset'

/** Where answers go whose caller names no topic; Python's servers write there alone. */
export const commonReplies = 'microapi-responses'

/** The topic that takes cancellations to all servers of a topic. */
export function cancelTopic(topic: string): string {
  return `${topic}.cancel`
}

/** What a failure may be to be told whole in a header, in characters. */
const maxErrorLength = 16_384

/** What a dead letter tells: why it is one, what it was taken from, and when, in ms since the epoch. */
export function deadHeaders(source: string, error: RpcError): Readonly<Record<string, string>> {
  const { code, message, reason, details } = error
  const whole = JSON.stringify({ code, message, reason, details })
  return {
    // A letter that the broker does not take for its headers would stop its partition.
    'microapi-error':
      whole.length <= maxErrorLength
        ? whole
        : JSON.stringify({ code, message: message.slice(0, 1_000), reason }),
    'microapi-source': source,
    'microapi-failed-at': `${Date.now()}`,
  }
}

/** Reads a header; undefined where it is not there. Of one that stands there twice, the first. */
export function readHeader(headers: IHeaders | undefined, name: string): string | undefined {
  const value = headers?.[name]
  const first = Array.isArray(value) ? value[0] : value
  return first === undefined ? undefined : first.toString()
}

/** Reads a header that holds a whole number of at most 15 digits. */
export function readNumber(headers: IHeaders | undefined, name: string): number | undefined {
  const text = readHeader(headers, name)
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined
}
