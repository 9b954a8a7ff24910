import type { IHeaders } from 'kafkajs'
import type { RpcError } from '../../core/errors.ts'
import { deadErrorText } from '../../wire/broker/dead-error.ts'

/** Headers beside the envelope. The Python package writes none and reads none. */

/** On a request of ours: see {@link callText}. */
export const callHeader = 'microapi-call'
/** What any other message is: see wire/broker/message-kinds.ts. */
export const typeHeader = 'microapi-type'
/** The id of the call that is cancelled, or of the session. */
export const idHeader = 'microapi-id'
/** Where answers go: an address, see address.ts. */
export const replyToHeader = 'microapi-reply-to'
/** On what goes to an address: whose it is, since several read one partition. */
export const toHeader = 'microapi-to'
/** The number of a session's message. */
export const numberHeader = 'microapi-number'
/** On one that comes again or is a dead letter: how often it was handled. */
export const attemptsHeader = 'microapi-attempts'
/** On one that comes again: not before this time, in ms since the epoch. */
export const dueHeader = 'microapi-due'
/** On one that comes again or is a dead letter: where it was first. */
export const topicHeader = 'microapi-topic'
export const partitionHeader = 'microapi-partition'
export const offsetHeader = 'microapi-offset'
/** On a dead letter: why it is one, what it was taken from, and when, in ms since the epoch. */
export const errorHeader = 'microapi-error'
export const sourceHeader = 'microapi-source'
export const failedAtHeader = 'microapi-failed-at'

/** Where answers go whose caller names no topic; Python's servers write there alone. */
export const commonReplies = 'microapi-responses'

/** The topic that takes cancellations to all servers of a topic. */
export function cancelTopic(topic: string): string {
  return `${topic}.cancel`
}

/** What a request's header tells of its call. */
export interface CallHeader {
  readonly id: string
  /** When it must have been answered, in ms since the epoch. */
  readonly deadline: number | undefined
}

/** Writes it, in one header: each costs as much as all else of a record. */
export function callText({ id, deadline }: CallHeader): string {
  return deadline === undefined ? `v1 ${id}` : `v1 ${id} ${Math.ceil(deadline)}`
}

/** Reads it; undefined where there is none, as on what Python's clients send. */
export function readCall(headers: IHeaders | undefined): CallHeader | undefined {
  const [, id, deadline] =
    /^v1 (\S{1,1024})(?: (\d{1,15}))?$/.exec(readHeader(headers, callHeader) ?? '') ?? []
  return id === undefined
    ? undefined
    : { id, deadline: deadline === undefined ? undefined : Number(deadline) }
}

/** What a dead letter tells. */
export function deadHeaders(source: string, error: RpcError): Readonly<Record<string, string>> {
  return {
    [errorHeader]: deadErrorText(error),
    [sourceHeader]: source,
    [failedAtHeader]: `${Date.now()}`,
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
