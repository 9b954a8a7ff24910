/** The Kafka transport: the package kafkajs serves and calls. */
import type { TransportFactory } from '../../core/registry.ts'
import type { Transport } from '../../core/transport.ts'
import { kafkaSettings, type KafkaOptions } from './options.ts'
import { urlOptions } from './url-options.ts'

export type { KafkaLike } from './connection/kafka-like.ts'
export type {
  Compression,
  KafkaOptions,
  NewTopics,
  SaslOptions,
  Start,
  TlsOptions,
  TopicPer,
} from './options.ts'

const schemes = ['kafka', 'kafkas'] as const

function open(options: KafkaOptions = {}): Transport {
  const settings = kafkaSettings(options)
  return {
    schemes,
    async serve(invoke, describe) {
      const { serveKafka } = await import('./server.ts')
      return serveKafka(invoke, describe, settings)
    },
    async connect(describe) {
      const { connectKafka } = await import('./client.ts')
      return connectKafka(describe, settings)
    },
  }
}

/** Calls of all kinds over topics of Kafka, as envelopes of JSON. */
export const kafka: TransportFactory & ((options?: KafkaOptions) => Transport) =
  /* @__PURE__ */ Object.assign(open, { schemes, fromUrl: (url: string) => open(urlOptions(url)) })
