import { Transport, type KafkaOptions } from '@nestjs/microservices'
import type { Place } from '../place.ts'

/** Its defaults: kafkajs commits by itself, the producer is not idempotent. What was sent before the group had a position is read, too. */
export const optionsOf = ({
  brokers,
  topic,
}: Place): { transport: Transport.KAFKA; options: NonNullable<KafkaOptions['options']> } => ({
  transport: Transport.KAFKA,
  options: {
    client: { brokers, clientId: topic, logCreator: () => () => {} },
    consumer: { groupId: topic, allowAutoTopicCreation: false },
    subscribe: { fromBeginning: true },
    producer: { allowAutoTopicCreation: false },
  },
})
