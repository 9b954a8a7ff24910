import type { SecureContextOptions } from 'node:tls'
import { consoleLog, safeLog, type Log } from '../../core/log.ts'
import type { Call } from '../../core/call.ts'
import { readUrl } from './broker.ts'

/** Which broker to serve or to call over, and how. */
export interface AmqpOptions {
  /** Where the broker is: `amqp://user:password@host:port/vhost`, amqps over TLS; several hosts stand with commas. `amqp://guest:guest@127.0.0.1:5672/` unless told otherwise. */
  readonly url?: string
  /** Where requests go: `microapi-requests`, as the Python package has it. Every app should have its own. */
  readonly queue?: string
  /** A queue for each service (`QUEUE.service`) or method (`QUEUE.service.method`) in place of one for all; both sides must say so. */
  readonly queuePer?: QueuePer
  /** The exchange where events go, and where servers ask for theirs: `microapi-events`. What shares it shares events. */
  readonly eventExchange?: string
  /** For a client: answers come over RabbitMQ's direct reply-to, or by a queue of this client alone. `direct` unless told otherwise. */
  readonly replies?: 'direct' | 'queue'
  /** For a client: the servers are Python's, which know no streams. A stream goes as one request with an array, and comes as one. */
  readonly peer?: 'python'
  /**
   * For a client: requests survive a restart of the broker; false. One that crashes may lose what came in its last
   * moments, since a request's confirmation is its answer.
   */
  readonly persistent?: boolean
  /** For a client: the priority of a call, 0 to 255. Servers need `maxPriority`. */
  readonly priority?: (call: Call) => number | undefined
  /** For a server: requests that it may have in hand at once, on each queue: 100. */
  readonly prefetch?: number
  /** For a server: its queues order by priority up to this one. None unless told otherwise: an existing queue keeps what it was declared with. */
  readonly maxPriority?: number
  /** For a server: its queues are replicated; false. */
  readonly quorum?: boolean
  /** For a server: where its queues send what is refused or expires; nowhere unless told otherwise. */
  readonly deadLetterExchange?: string
  /** Beside an `amqps:` URL: certificates to trust, and one's own. */
  readonly tls?: TlsOptions
  /** The largest message in bytes: 1 MiB. */
  readonly maxMessageBytes?: number
  /** How deep JSON may be nested on its way in: 64. */
  readonly maxDepth?: number
  /** What the broker has not yet confirmed of a peer's streams before they are held, in bytes: 1 MiB. */
  readonly maxBufferedBytes?: number
  /** How often broker and we show each other that we live, in ms: 10,000. Twice that in silence, the connection is lost. */
  readonly heartbeatMs?: number
  /** Until a connection stands, in ms: 10,000. */
  readonly connectTimeoutMs?: number
  /** For a client: until a server has taken a stream, in ms: 5,000. */
  readonly openTimeoutMs?: number
  /** Silence after which the other end of a stream is dead, in ms: 30,000. */
  readonly leaseMs?: number
  /** The least time between two attempts to connect, in ms: 1,000. A server waits longer and longer, up to 3,000. */
  readonly reconnectMs?: number
  /** Where a server says what it drops, and that it has lost the broker; the console unless told otherwise. */
  readonly log?: Log
}

/** What a queue is for. */
export type QueuePer = 'service' | 'method'

/** Certificates and keys; the authorities that are trusted. */
export interface TlsOptions extends SecureContextOptions {
  /** Refuse what no trusted authority signed: true. */
  readonly rejectUnauthorized?: boolean
  /** The name to check the broker's certificate against. */
  readonly servername?: string
}

/** The settings with their defaults. */
export type AmqpSettings = ReturnType<typeof amqpSettings>

/** Fills in the defaults of docs/limits.md. Throws a TypeError for an address that is none, and for numbers that make no sense. */
export function amqpSettings(options: AmqpOptions) {
  const maxMessageBytes = options.maxMessageBytes ?? 1_048_576
  return {
    broker: readUrl(options.url ?? 'amqp://guest:guest@127.0.0.1:5672/'),
    queue: options.queue ?? 'microapi-requests',
    queuePer: options.queuePer,
    eventExchange: options.eventExchange ?? 'microapi-events',
    replies: options.replies ?? 'direct',
    peer: options.peer,
    persistent: options.persistent ?? false,
    priority: options.priority,
    prefetch: within('prefetch', options.prefetch ?? 100, 65_535),
    maxPriority: options.maxPriority,
    quorum: options.quorum ?? false,
    deadLetterExchange: options.deadLetterExchange,
    tls: options.tls,
    maxMessageBytes,
    /** A body past this is not even looked into: room for what stands around a message. */
    maxBodyBytes: maxMessageBytes + 65_536,
    maxDepth: options.maxDepth ?? 64,
    maxBufferedBytes: options.maxBufferedBytes ?? 1_048_576,
    heartbeatMs: options.heartbeatMs ?? 10_000,
    connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
    openTimeoutMs: options.openTimeoutMs ?? 5_000,
    leaseMs: options.leaseMs ?? 30_000,
    reconnectMs: options.reconnectMs ?? 1_000,
    log: safeLog(options.log ?? consoleLog),
  }
}

function within(name: string, value: number, most: number): number {
  if (Number.isInteger(value) && value >= 1 && value <= most) return value
  throw new TypeError(`amqp: ${name} is ${value}; use a whole number from 1 to ${most}`)
}
