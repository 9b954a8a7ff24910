import { RpcError } from '../../../core/errors.ts'
import { markNeverRan } from '../../../core/never-ran.ts'
import type { ErrorCode } from '../../../core/status.ts'
import { adviceFor, isOfOurCertificate, type Traits } from './failure-advice.ts'

/** @see https://kafka.apache.org/protocol.html#protocol_error_codes */
const codes: Readonly<Record<string, ErrorCode>> = {
  UNKNOWN_TOPIC_OR_PARTITION: 'NOT_FOUND',
  INVALID_TOPIC_EXCEPTION: 'INVALID_ARGUMENT',
  INVALID_RECORD: 'INVALID_ARGUMENT',
  INVALID_TIMESTAMP: 'INVALID_ARGUMENT',
  MESSAGE_TOO_LARGE: 'RESOURCE_EXHAUSTED',
  RECORD_LIST_TOO_LARGE: 'RESOURCE_EXHAUSTED',
  SASL_AUTHENTICATION_FAILED: 'UNAUTHENTICATED',
  UNSUPPORTED_SASL_MECHANISM: 'UNAUTHENTICATED',
  ILLEGAL_SASL_STATE: 'UNAUTHENTICATED',
  TOPIC_AUTHORIZATION_FAILED: 'PERMISSION_DENIED',
  GROUP_AUTHORIZATION_FAILED: 'PERMISSION_DENIED',
  CLUSTER_AUTHORIZATION_FAILED: 'PERMISSION_DENIED',
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: 'PERMISSION_DENIED',
  DELEGATION_TOKEN_AUTHORIZATION_FAILED: 'PERMISSION_DENIED',
  POLICY_VIOLATION: 'FAILED_PRECONDITION',
  INVALID_PARTITIONS: 'FAILED_PRECONDITION',
  INVALID_REPLICATION_FACTOR: 'FAILED_PRECONDITION',
  INVALID_CONFIG: 'FAILED_PRECONDITION',
  INVALID_SESSION_TIMEOUT: 'FAILED_PRECONDITION',
  INCONSISTENT_GROUP_PROTOCOL: 'FAILED_PRECONDITION',
  GROUP_MAX_SIZE_REACHED: 'FAILED_PRECONDITION',
  UNSUPPORTED_COMPRESSION_TYPE: 'FAILED_PRECONDITION',
  UNSUPPORTED_FOR_MESSAGE_FORMAT: 'FAILED_PRECONDITION',
  UNSUPPORTED_VERSION: 'FAILED_PRECONDITION',
}

/** Errors of kafkajs that are not the broker's. They are told by name: an instance may come of another copy. */
const codesOfNames: Readonly<Record<string, ErrorCode>> = {
  KafkaJSSASLAuthenticationError: 'UNAUTHENTICATED',
  KafkaJSNotImplemented: 'FAILED_PRECONDITION',
  KafkaJSServerDoesNotSupportApiKey: 'FAILED_PRECONDITION',
}

interface Thrown extends Traits {
  readonly cause?: unknown
  readonly errors?: unknown
}

/** What lies at the bottom: kafkajs wraps an error once for each loop of retries that gave up on it. */
function rootOf(cause: unknown): Thrown {
  let found: Thrown = Object(cause) as Thrown
  for (let depth = 0; depth < 10; depth++) {
    const inner: unknown = Array.isArray(found.errors) ? found.errors[0] : found.cause
    if (typeof found.type === 'string' || !(inner instanceof Error)) break
    found = inner
  }
  return found
}

/** What the broker calls it, such as MESSAGE_TOO_LARGE; undefined where it is no answer of a broker. */
export function typeOf(cause: unknown): string | undefined {
  const { type } = rootOf(cause)
  return typeof type === 'string' ? type : undefined
}

/** The code for what kafkajs throws. UNAVAILABLE is what may be better soon. */
export function codeOf(cause: unknown): ErrorCode {
  const root = rootOf(cause)
  if (isOfOurCertificate(root)) return 'UNAUTHENTICATED'
  return codes[String(root.type)] ?? codesOfNames[String(root.name)] ?? 'UNAVAILABLE'
}

function textOf(cause: unknown): string {
  const { name, message, type } = rootOf(cause)
  const text = typeof message === 'string' && message !== '' ? message : String(name ?? cause)
  const short = text.replace(/^Connection error: /, '').replace(openSslText, '$1')
  return typeof type === 'string' ? `${short} (${type})` : short
}

/** OpenSSL says beside what it is where in its sources it was found. */
const openSslText = /^\w+:error:\w+:SSL routines:\w*:([^:]+):.*$/s

/** Why no connection came about; what waited for it never ran. */
export function failureToConnect(address: string, cause: unknown): RpcError {
  if (cause instanceof RpcError) return cause
  const text = `${address}: ${textOf(cause)}${adviceFor(rootOf(cause), address)}`
  return markNeverRan(new RpcError(codeOf(cause), text, { cause }))
}

/** No broker has answered in that time; what waited for it never ran. */
export function failureInTime(address: string, ms: number): RpcError {
  const text = `${address}: no answer in ${ms} ms (connectTimeoutMs): is it Kafka that listens there?`
  return markNeverRan(new RpcError('UNAVAILABLE', text))
}

/** A topic is not there. What was to be sent to it never ran. */
export function failureOfTopics(address: string, topics: readonly string[]): RpcError {
  const [one, ...others] = topics.map((topic) => JSON.stringify(topic))
  const what = others.length === 0 ? `topic ${one}` : `topics ${[one, ...others].join(', ')}`
  return markNeverRan(
    new RpcError(
      'NOT_FOUND',
      `${address} has no ${what}: create ${others.length === 0 ? 'it' : 'them'}, or let it be done with the option createTopics`,
    ),
  )
}

/** A partition is not there: of a topic that has fewer, or none by this number. What was to be sent to it never ran. */
export function failureOfPartition(
  address: string,
  topic: string,
  partition: number,
  partitions: number,
): RpcError {
  const text = `${address}, topic ${JSON.stringify(topic)}: there is no partition ${partition}, it has ${partitions}, numbered from 0`
  return markNeverRan(new RpcError('NOT_FOUND', text))
}

/** Why topics could not be looked at or made. */
export function failureToPrepare(address: string, topics: readonly string[], cause: unknown): RpcError {
  if (cause instanceof RpcError) return cause
  const code = codeOf(cause)
  if (code === 'NOT_FOUND') return failureOfTopics(address, topics)
  const names = topics.map((topic) => JSON.stringify(topic)).join(', ')
  const text = `${address}, topic ${names}: ${textOf(cause)}${adviceFor(rootOf(cause), address)}`
  return markNeverRan(new RpcError(code, text, { cause }))
}

/** Why a message was not taken. It may be there all the same where the code is UNAVAILABLE. */
export function failureToSend(address: string, topic: string, cause: unknown): RpcError {
  if (cause instanceof RpcError) return cause
  const code = codeOf(cause)
  if (code === 'NOT_FOUND') return failureOfTopics(address, [topic])
  const text = `${address}, topic ${JSON.stringify(topic)}: ${textOf(cause)}`
  // Whoever has connected knows the way.
  if (code === 'UNAVAILABLE') return new RpcError(code, text, { cause })
  return markNeverRan(new RpcError(code, text + adviceFor(rootOf(cause), address), { cause }))
}

/** Whether no broker looks after the group yet: of its first group a cluster says so for a second or two, and kafkajs gives up sooner. */
export function lacksCoordinator(cause: unknown): boolean {
  return rootOf(cause).name === 'KafkaJSGroupCoordinatorNotFound'
}

/** Why a connection that stood has ended, or a group was left. */
export function failureOfLink(address: string, cause: unknown): RpcError {
  return new RpcError('UNAVAILABLE', `the connection to ${address} was lost: ${textOf(cause)}`, { cause })
}
