import { isUtf8 } from 'node:buffer'
import type { Delivery } from '../../wire/broker/receive-request.ts'
import { ours } from '../../wire/broker/message-kinds.ts'
import type { IntakeRecord } from './intake/claim.ts'
import {
  attemptsHeader,
  deadlineHeader,
  idHeader,
  readHeader,
  readNumber,
  replyToHeader,
  typeHeader,
} from './protocol.ts'
import type { Source } from './topics-of.ts'

const nothing = Buffer.alloc(0)

/** A record as what all brokers bring. */
export function deliveryOf({ message }: IntakeRecord, source: Source): Delivery {
  const { value, headers } = message
  // A tombstone is nothing to us, as for the Python package, which it ends.
  const content = value ?? nothing
  const isEvent = source.event !== undefined
  return {
    bytes: content.length,
    text: () => (isUtf8(content) ? content.toString() : undefined),
    // Nobody answers an event.
    id: isEvent ? '' : (readHeader(headers, idHeader) ?? ''),
    negotiated: !isEvent && readHeader(headers, typeHeader) === ours,
    replyTo: isEvent ? '' : (readHeader(headers, replyToHeader) ?? ''),
    deadline: readNumber(headers, deadlineHeader),
    attempts: readNumber(headers, attemptsHeader) ?? 0,
    event: source.event,
    connection: source,
  }
}
