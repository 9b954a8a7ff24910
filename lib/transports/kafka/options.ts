import type { SecureContextOptions } from 'node:tls'
import type { Mechanism, SASLOptions } from 'kafkajs'
import { consoleLog, safeLog, type Log } from '../../core/log.ts'
import { formatBrokers, readUrl, type Brokers } from './connection/brokers.ts'
import { checks } from './options-checks.ts'
import type { KafkaLike } from './connection/kafka-like.ts'

/** Which cluster to serve or to call over, and how. */
export interface KafkaOptions {
  /** Where brokers are: `kafka://user:password@host:port,host:port`, kafkas over TLS; a name and a password are told by SASL. `kafka://127.0.0.1:9092` unless told otherwise. */
  readonly url?: string
  /** In place of `url`, `tls`, `sasl` and `clientId`: an instance of kafkajs, or of what is compatible with it. */
  readonly kafka?: KafkaLike
  /** The name by which brokers know us in their logs and quotas: `microapi-ts`. */
  readonly clientId?: string
  /** Beside a `kafkas:` URL: certificates to trust, and one's own. */
  readonly tls?: TlsOptions
  /** How to say who we are: `plain` where the URL has a name. Name and password are taken from there if they are not here; what else kafkajs takes is passed on. */
  readonly sasl?: SaslOptions
  /** Where requests go: `microapi-requests`, as the Python package has it. Every app should have its own. */
  readonly topic?: string
  /** A topic for each service (`TOPIC.service`) or method (`TOPIC.service.method`) in place of one for all; both sides must say so. */
  readonly topicPer?: TopicPer
  /** For a server: the group that shares requests and events among its members: `microapi-server`. Every app should have its own. */
  readonly groupId?: string
  /** Where answers go: `microapi-replies`. Each client reads one partition of it. */
  readonly replyTopic?: string
  /** What the topics of events begin with: `microapi-events.`. An event goes to `PREFIXservice.method`. */
  readonly eventPrefix?: string
  /** For a client: the servers are Python's, which know no streams. A stream goes as one request with an array, and comes as one. */
  readonly peer?: 'python'
  /** For a server: where a group that has no position yet begins, `latest` unless told otherwise. A date: at the first message since then. */
  readonly from?: Start
  /** For a server: messages that it may have in hand at once, of each partition: 100. Those of one key are handled one after the other. */
  readonly prefetch?: number
  /** How messages are packed: `none`. Those but `gzip` need a codec registered with kafkajs. */
  readonly compression?: Compression
  /** Whether a missing topic is made, and how; true: with 12 partitions, and as many copies as the cluster has by default. False: it must be there. */
  readonly createTopics?: boolean | NewTopics
  /** For a server: what an event's handler publishes, and that the event was handled, become visible together or not at all; false. */
  readonly exactlyOnce?: boolean
  /** The largest message in bytes: 900,000, which brokers as they come let pass. */
  readonly maxMessageBytes?: number
  /** How deep JSON may be nested on its way in: 64. */
  readonly maxDepth?: number
  /** What the brokers have not yet confirmed of a peer's streams before they are held, in bytes: 1 MiB. */
  readonly maxBufferedBytes?: number
  /** For a server: silence after which its group gives its partitions to others, in ms: 30,000. */
  readonly sessionTimeoutMs?: number
  /** For a server: how often it shows its group that it lives, in ms: 3,000. At most a third of `sessionTimeoutMs`. */
  readonly heartbeatMs?: number
  /** Until a broker has answered that we are connected, in ms: 10,000. */
  readonly connectTimeoutMs?: number
  /** For a client: until a server has taken a stream, in ms: 5,000. */
  readonly openTimeoutMs?: number
  /** Silence after which the other end of a stream is dead, in ms: 10,000. */
  readonly leaseMs?: number
  /** Where a server says what it drops, and where kafkajs says what ails it; the console unless told otherwise. */
  readonly log?: Log
}

/** What a topic is for. */
export type TopicPer = 'service' | 'method'

/** Where a group begins that has no position yet. */
export type Start = 'latest' | 'earliest' | Date

/** How messages are packed. */
export type Compression = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'

/** How missing topics are made. */
export interface NewTopics {
  /** How many of one group may share the work: 12. It can be raised later, but then a key may move to another partition. */
  readonly partitions?: number
  /** Copies of each message: as many as the cluster has by default. */
  readonly replicationFactor?: number
}

/** How to say who we are. */
export type SaslOptions =
  | {
      readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'
      readonly username?: string
      readonly password?: string
    }
  | SASLOptions
  | Mechanism

/** Certificates and keys; the authorities that are trusted. */
export interface TlsOptions extends SecureContextOptions {
  /** Refuse what no trusted authority signed: true. */
  readonly rejectUnauthorized?: boolean
  /** The name to check the brokers' certificates against. */
  readonly servername?: string
}

/** The settings with their defaults. */
export type KafkaSettings = ReturnType<typeof kafkaSettings>

/** Fills in the defaults of docs/limits.md. Throws a TypeError for an address that is none, and for what makes no sense. */
export function kafkaSettings(options: KafkaOptions) {
  for (const name of ['url', 'tls', 'sasl', 'clientId'] as const) {
    if (options.kafka && options[name] !== undefined)
      throw new TypeError(
        `kafka: ${name} is given beside kafka; use one of them, the instance is connected its own way`,
      )
  }
  const brokers = readUrl(options.url ?? 'kafka://127.0.0.1:9092')
  if (options.tls && !brokers.secure)
    throw new TypeError(`kafka: tls is given with ${formatBrokers(brokers)}; use kafkas:// for TLS`)
  const { within, oneOf, topicName, number } = checks
  const createTopics = options.createTopics ?? true
  const { partitions = 12, replicationFactor = -1 } = typeof createTopics === 'object' ? createTopics : {}
  const sessionTimeoutMs = number('sessionTimeoutMs', options.sessionTimeoutMs ?? 30_000)
  return {
    brokers,
    /** Where it is, for people. */
    address: options.kafka ? 'Kafka' : formatBrokers(brokers),
    kafka: options.kafka,
    clientId: options.clientId ?? 'microapi-ts',
    tls: brokers.secure ? checks.certificates({ ...options.tls }) : undefined,
    sasl: saslOf(options.sasl, brokers),
    topic: topicName('topic', options.topic ?? 'microapi-requests'),
    topicPer: oneOf('topicPer', options.topicPer, ['service', 'method']),
    groupId: options.groupId ?? 'microapi-server',
    replyTopic: topicName('replyTopic', options.replyTopic ?? 'microapi-replies'),
    eventPrefix: topicName('eventPrefix', options.eventPrefix ?? 'microapi-events.'),
    peer: oneOf('peer', options.peer, ['python']),
    from: checks.start(options.from ?? 'latest'),
    prefetch: within('prefetch', options.prefetch ?? 100, 65_535),
    compression: oneOf('compression', options.compression ?? 'none', [
      'none',
      'gzip',
      'snappy',
      'lz4',
      'zstd',
    ]),
    createTopics: createTopics !== false && {
      partitions: within('createTopics.partitions', partitions, 10_000),
      replicationFactor:
        replicationFactor === -1 ? -1 : within('createTopics.replicationFactor', replicationFactor, 32_767),
    },
    exactlyOnce: options.exactlyOnce ?? false,
    maxMessageBytes: number('maxMessageBytes', options.maxMessageBytes ?? 900_000),
    maxDepth: number('maxDepth', options.maxDepth ?? 64),
    maxBufferedBytes: number('maxBufferedBytes', options.maxBufferedBytes ?? 1_048_576),
    sessionTimeoutMs,
    heartbeatMs: within(
      'heartbeatMs',
      options.heartbeatMs ?? Math.min(3_000, Math.floor(sessionTimeoutMs / 3)),
      Math.floor(sessionTimeoutMs / 3),
    ),
    connectTimeoutMs: number('connectTimeoutMs', options.connectTimeoutMs ?? 10_000),
    openTimeoutMs: number('openTimeoutMs', options.openTimeoutMs ?? 5_000),
    leaseMs: number('leaseMs', options.leaseMs ?? 10_000),
    log: safeLog(options.log ?? consoleLog),
  }
}

function saslOf(
  sasl: SaslOptions | undefined,
  { username, password }: Brokers,
): SASLOptions | Mechanism | undefined {
  if (sasl === undefined && username === undefined) return undefined
  // kafkajs writes into what it is given.
  const { mechanism, ...rest } = sasl ?? { mechanism: 'plain' as const }
  if (!['plain', 'scram-sha-256', 'scram-sha-512'].includes(mechanism.toLowerCase()))
    return { mechanism, ...rest } as Mechanism
  const all = { mechanism: mechanism.toLowerCase(), username, password, ...rest }
  if (all.username === undefined || all.password === undefined)
    throw new TypeError(
      `kafka: sasl is ${JSON.stringify(mechanism)} without a name and a password; use sasl: { mechanism, username, password } or kafka://user:password@host`,
    )
  return all as SASLOptions
}
