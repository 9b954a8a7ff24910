import { codeOf, typeOf } from '../connection/failure.ts'

/** What has become of a batch that failed. */
export type Outcome =
  /** It is there: this was a repetition. */
  | 'taken'
  /** It is not taken, nor ever will be. */
  | 'refused'
  /** The same, but a part of it may be. */
  | 'divisible'
  /** It is not taken from this producer. */
  | 'fenced'
  /** A topic is not there, or not ours. */
  | 'unknown'
  /** It may be there or not: the same again, from the same producer, makes sure. */
  | 'open'

/** @see https://kafka.apache.org/protocol.html#protocol_error_codes */
const outcomes: Readonly<Record<string, Outcome>> = {
  // What is older than the last five of a producer; we have one on its way.
  DUPLICATE_SEQUENCE_NUMBER: 'taken',
  MESSAGE_TOO_LARGE: 'divisible',
  RECORD_LIST_TOO_LARGE: 'divisible',
  INVALID_RECORD: 'divisible',
  INVALID_TIMESTAMP: 'divisible',
  // The broker does not have what came before from it: a restart or an election has cost it that.
  OUT_OF_ORDER_SEQUENCE_NUMBER: 'fenced',
  UNKNOWN_PRODUCER_ID: 'fenced',
  INVALID_PRODUCER_EPOCH: 'fenced',
  INVALID_PRODUCER_ID_MAPPING: 'fenced',
  UNKNOWN_TOPIC_OR_PARTITION: 'unknown',
  TOPIC_AUTHORIZATION_FAILED: 'unknown',
}

/** Reads what `sendBatch` has thrown. It says of a batch what the first partition that failed says. */
export function outcomeOf(cause: unknown): Outcome {
  const outcome = outcomes[typeOf(cause) ?? '']
  if (outcome) return outcome
  return codeOf(cause) === 'UNAVAILABLE' ? 'open' : 'refused'
}
