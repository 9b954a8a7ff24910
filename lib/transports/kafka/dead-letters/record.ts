import type { KafkaMessage } from 'kafkajs'
import { readDeadError, readTime, type DeadLetter } from '../../../wire/broker/dead-letters.ts'
import {
  attemptsHeader,
  callHeader,
  callText,
  dueHeader,
  errorHeader,
  failedAtHeader,
  offsetHeader,
  partitionHeader,
  readCall,
  readHeader,
  readNumber,
  sourceHeader,
  topicHeader,
} from '../protocol.ts'

/** A record of a topic of dead letters. */
export interface DeadRecord {
  readonly partition: number
  readonly offset: number
  readonly message: KafkaMessage
}

/** A record as all brokers have dead letters. What its headers do not say, or in no way that can be read, is left out. */
export function letterOf({ partition, offset, message }: DeadRecord, isReplayed: boolean): DeadLetter {
  const { headers, value, timestamp } = message
  const topic = readHeader(headers, topicHeader)
  const firstPartition = readNumber(headers, partitionHeader)
  const firstOffset = readNumber(headers, offsetHeader)
  return {
    id: `${partition}:${offset}`,
    error: readDeadError(readHeader(headers, errorHeader)),
    attempts: readNumber(headers, attemptsHeader),
    failedAt: readTime(readNumber(headers, failedAtHeader)) ?? readTime(Number(timestamp)),
    sentTo: {
      ...(topic !== undefined && { topic }),
      ...(firstPartition !== undefined && { partition: firstPartition }),
      ...(firstOffset !== undefined && { offset: firstOffset }),
    },
    content: value ?? undefined,
    isReplayed,
  }
}

/** What says of a record that it failed; and of its call, which is written anew. */
const ofTheFailure = new Set([
  attemptsHeader,
  callHeader,
  dueHeader,
  errorHeader,
  failedAtHeader,
  sourceHeader,
])

/** With what headers it goes back: as if it had never been handled. Where it was sent first still stands there. */
export function replayHeaders({ headers }: KafkaMessage): Record<string, Buffer | string> {
  const kept: Record<string, Buffer | string> = {}
  for (const [name, value] of Object.entries(headers ?? {})) {
    const first = Array.isArray(value) ? value[0] : value
    if (first !== undefined && !ofTheFailure.has(name)) kept[name] = first
  }
  const call = readCall(headers)
  // Its caller has long stopped waiting: behind the deadline a server would drop it unrun.
  if (call) kept[callHeader] = callText({ id: call.id, deadline: undefined })
  return kept
}
