import type { Kafka } from 'kafkajs'

/** What the transport needs of kafkajs: a compatible instance of another package may be given in its place. */
export type KafkaLike = Pick<Kafka, 'producer' | 'consumer' | 'admin'>
