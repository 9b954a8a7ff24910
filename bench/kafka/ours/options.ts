import type { KafkaOptions } from 'microapi-ts/kafka'
import type { Place } from '../place.ts'

/** Our defaults, but for names of its own. */
export const optionsOf = ({ brokers, topic, replyTopic, eventPrefix }: Place): KafkaOptions => ({
  url: `kafka://${brokers.join(',')}`,
  topic,
  groupId: `${topic}-server`,
  replyTopic,
  eventPrefix,
})
