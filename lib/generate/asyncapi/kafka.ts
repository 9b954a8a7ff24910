import { failurePolicy } from '../../core/failure-policy.ts'
import { sessionMessage } from '../../wire/broker/message-kinds.ts'
import { text, type BrokerNotes, type Headers } from './broker.ts'
import type { KafkaPlaces } from './document.ts'
import type { JsonObject } from '../json-schema/keywords.ts'
import type { NamedMethod } from '../json-schema/source.ts'

const bindingVersion = '0.5.0'

/**
 * Notes on Kafka.
 * @see https://github.com/asyncapi/bindings/blob/master/kafka/README.md
 */
export function kafkaNotes(places: KafkaPlaces = {}): BrokerNotes {
  const { host = 'localhost:9092', secure = false, groupId = 'microapi-server' } = places
  const { topic = 'microapi-requests', topicPer, replyTopic = 'microapi-replies' } = places
  const { eventPrefix = 'microapi-events.' } = places
  const topicOf = ({ service, name }: NamedMethod): string =>
    topicPer === undefined ? topic : `${topic}.${service}${topicPer === 'method' ? `.${name}` : ''}`
  /** Those who share an event read it in a group of their own. */
  const groupOf = ({ kind, service, options }: NamedMethod): string => {
    if (kind !== 'event') return groupId
    return options.fanout === true ? `${groupId}.events` : `${eventPrefix}${service}`
  }
  return {
    name: 'kafka',
    server: {
      host,
      protocol: secure ? 'kafka-secure' : 'kafka',
      description: places.description ?? 'Kafka.',
    },
    requests(method) {
      const name = topicOf(method)
      return {
        id: name === topic ? 'requests' : `requests${name.slice(topic.length)}`,
        address: name,
        description: 'The topic of requests. The servers of one app share its partitions.',
        bindings: channel(name),
      }
    },
    event(method) {
      const { service, name, options } = method
      const address = `${eventPrefix}${service}.${name}`
      const source = options.fanout === true ? `${address}.${groupId}` : address
      return {
        id: `events.${service}.${name}`,
        address,
        description: `The topic of the event, ${
          options.fanout === true ? 'of which each app has a copy' : 'shared by all who handle it'
        }. ${fateOf(method, source)}`,
        bindings: channel(address),
      }
    },
    replies: {
      id: 'replies',
      address: replyTopic,
      description:
        "Where answers go: the partition that the request's header `microapi-reply-to` names. Whoever sends no such header is answered in the topic of `metadata.reply_topic`, or in `microapi-responses`. An answer belongs to the request whose envelope has the same `id`.",
      bindings: channel(replyTopic),
    },
    sessions: {
      id: 'sessions',
      address: null,
      description:
        'Streams: an address of the server that has taken the opening, which its answer names, and one of the client. A message may hold several envelopes, one a line; headers name the session and count.',
    },
    headers,
    messageBindings: (role, { options }) => ({
      kafka: {
        ...(options.key !== undefined &&
          (role === 'request' || role === 'event') && {
            key: text('What the message belongs with: those of one key are handled in their order.'),
          }),
        bindingVersion,
      },
    }),
    operationBindings: (_, method) => ({
      kafka: { groupId: { type: 'string', enum: [groupOf(method)] }, bindingVersion },
    }),
  }
}

function channel(topic: string): JsonObject {
  return { kafka: { topic, bindingVersion } }
}

const type = (value: string): Record<string, JsonObject> => ({
  'microapi-type': text('What the message is.', { const: value }),
})
const headers: Headers = {
  request: {
    'microapi-call': text(
      "`v1`, the envelope's `id` and, where there is one, the deadline in ms since the epoch, with a space between.",
      { pattern: '^v1 \\S{1,1024}( \\d{1,15})?$' },
    ),
    'microapi-reply-to': text('Where the answer is to go: `TOPIC/PARTITION/NAME`.'),
  },
  answer: { 'microapi-to': text('Whose answer it is, since several read one partition.') },
  event: {
    'microapi-attempts': text('How often it was handled, on one that comes again.'),
  },
  session: {
    ...type(sessionMessage),
    'microapi-id': text('The session.'),
    'microapi-number': text('The number of the message.'),
    'microapi-to': text('Who is to read it.'),
  },
}

function fateOf({ kind, options }: NamedMethod, source: string): string {
  const { attempts, deadLetter } = failurePolicy(kind, options)
  const end = deadLetter ? `then put into \`${source}.dead\`` : 'then dropped'
  return `One whose handling fails is handled ${attempts === 1 ? 'once' : `up to ${attempts} times`}, ${end}.`
}
