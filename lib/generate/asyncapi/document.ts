import type { ApiInfo, ApiJson } from '../openapi/document.ts'

/** Brokers that carry calls and events. */
export type Broker = 'amqp' | 'kafka'

/** Where a broker is, and what it asks of those who connect. */
export interface BrokerServer {
  /** Host and port. */
  readonly host?: string
  /** Whether it is reached over TLS. */
  readonly secure?: boolean
  /** Names of `securitySchemes`; one of them is enough. */
  readonly security?: readonly string[]
  readonly description?: string
}

/** Settings of `amqp()` that say where messages go; those that are left out have its defaults. */
export interface AmqpPlaces extends BrokerServer {
  /** The virtual host: `/`. */
  readonly vhost?: string
  readonly queue?: string
  readonly queuePer?: 'service' | 'method'
  readonly eventExchange?: string
}

/** Settings of `kafka()` that say where messages go; those that are left out have its defaults. */
export interface KafkaPlaces extends BrokerServer {
  readonly topic?: string
  readonly topicPer?: 'service' | 'method'
  readonly groupId?: string
  readonly replyTopic?: string
  readonly eventPrefix?: string
}

/** What {@link generateAsyncApi} takes beside the source: what an app cannot know of itself. */
export interface AsyncApiOptions {
  /** Title and version, and what else people want to know; the version is the app's, if it has one. */
  readonly info?: Partial<ApiInfo>
  /** The brokers that the app is served over: both, unless told otherwise. */
  readonly transports?: readonly Broker[]
  readonly amqp?: AmqpPlaces
  readonly kafka?: KafkaPlaces
  /** Whose view it is: the server's, which receives requests and events, unless told otherwise; or its client's, which sends them. */
  readonly view?: 'server' | 'client'
  /** The ways to say who connects, by name. */
  readonly securitySchemes?: Readonly<Record<string, ApiJson>>
  /** What services are for, by name. */
  readonly services?: Readonly<Record<string, string>>
}

/** A reference to another part of the document. */
export interface AsyncApiReference {
  readonly $ref: string
}

/** Where messages go: a queue, an exchange with a routing key, or a topic. */
export interface AsyncApiChannel {
  /** Null for one whose name is known only when it is there. */
  readonly address: string | null
  readonly title?: string
  readonly description: string
  readonly servers: readonly AsyncApiReference[]
  readonly messages: Readonly<Record<string, ApiJson>>
  readonly bindings?: ApiJson
}

/** What an app does with messages of a channel. */
export interface AsyncApiOperation {
  readonly action: 'send' | 'receive'
  readonly channel: AsyncApiReference
  readonly summary: string
  readonly description?: string
  readonly tags: readonly { readonly name: string }[]
  readonly messages: readonly AsyncApiReference[]
  readonly reply?: ApiJson
  readonly bindings?: ApiJson
  /** The kind of the method. */
  readonly 'x-microapi-kind': string
  readonly 'x-deprecated'?: true
}

/**
 * An AsyncAPI description, as JSON.
 * @see https://www.asyncapi.com/docs/reference/specification/v3.0.0
 */
export interface AsyncApiDocument {
  readonly asyncapi: '3.0.0'
  readonly info: ApiJson
  readonly defaultContentType: 'application/json'
  readonly servers: Readonly<Record<string, ApiJson>>
  readonly channels: Readonly<Record<string, AsyncApiChannel>>
  readonly operations: Readonly<Record<string, AsyncApiOperation>>
  readonly components: {
    readonly schemas: Readonly<Record<string, ApiJson>>
    readonly securitySchemes?: Readonly<Record<string, ApiJson>>
  }
}
