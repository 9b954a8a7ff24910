import { failurePolicy } from '../../core/failure-policy.ts'
import { eventMessage, ours, sessionMessage } from '../../wire/broker/message-kinds.ts'
import { text, type BrokerNotes, type Headers, type MessageRole } from './broker.ts'
import type { AmqpPlaces } from './document.ts'
import type { JsonObject } from '../json-schema/keywords.ts'
import type { NamedMethod } from '../json-schema/source.ts'

const bindingVersion = '0.3.0'

/** The `type` of a message, which RabbitMQ keeps beside it. */
const types: Readonly<Record<MessageRole, string | undefined>> = {
  request: ours,
  answer: undefined,
  event: eventMessage,
  session: sessionMessage,
}

/**
 * Notes on RabbitMQ.
 * @see https://github.com/asyncapi/bindings/blob/master/amqp/README.md
 */
export function amqpNotes(places: AmqpPlaces = {}): BrokerNotes {
  const { host = 'localhost:5672', secure = false, vhost = '/' } = places
  const { queue = 'microapi-requests', queuePer, eventExchange = 'microapi-events' } = places
  const durable = { durable: true, autoDelete: false, vhost }
  const queueOf = ({ service, name }: NamedMethod): string =>
    queuePer === undefined ? queue : `${queue}.${service}${queuePer === 'method' ? `.${name}` : ''}`
  return {
    name: 'amqp',
    server: {
      host,
      protocol: secure ? 'amqps' : 'amqp',
      protocolVersion: '0.9.1',
      ...(vhost !== '/' && { pathname: `/${encodeURIComponent(vhost)}` }),
      description: places.description ?? 'RabbitMQ.',
    },
    requests(method) {
      const name = queueOf(method)
      return {
        id: name === queue ? 'requests' : `requests${name.slice(queue.length)}`,
        address: name,
        description: 'The queue of requests. Those of one app are shared by all its servers.',
        bindings: channel({ is: 'queue', queue: { name, exclusive: false, ...durable } }),
      }
    },
    event(method) {
      const { service, name, options } = method
      const common = `${eventExchange}.${service}.${name}`
      const own = options.fanout === true ? `${common}.${queue}` : common
      return {
        id: `events.${service}.${name}`,
        address: `${service}.${name}`,
        description: `The routing key of the event. Its servers take it from the durable queue \`${own}\`${
          options.fanout === true ? ', a copy for each app' : ', which all who handle it share'
        }. ${fateOf(method, own)}`,
        bindings: channel({
          is: 'routingKey',
          exchange: { name: eventExchange, type: 'direct', ...durable },
        }),
      }
    },
    replies: {
      id: 'replies',
      address: null,
      description:
        'Where answers go: the queue in the property `reply_to` of the request, which may be `amq.rabbitmq.reply-to`; `microapi-responses` where it names none. An answer belongs to the request whose envelope has the same `id`.',
    },
    sessions: {
      id: 'sessions',
      address: null,
      description:
        'Streams: a queue of the server that has taken the opening, which its answer names, and one of the client. A message may hold several envelopes, one a line; its `correlation_id` is the session and `message_id` counts.',
    },
    replyAddress: {
      location: '$message.header#/reply_to',
      description: 'The property `reply_to` of the request.',
    },
    headers,
    messageBindings: (role) => ({
      amqp: { ...(types[role] !== undefined && { messageType: types[role] }), bindingVersion },
    }),
    operationBindings: (role) => ({
      amqp: { ...(role === 'event' && { deliveryMode: 2 }), mandatory: true, ack: true, bindingVersion },
    }),
  }
}

function channel(binding: JsonObject): JsonObject {
  return { amqp: { ...binding, bindingVersion } }
}

const correlation = { correlation_id: text("The envelope's `id`, as a property and no header.") }
const headers: Headers = {
  request: {
    ...correlation,
    reply_to: text('Where the answer is to go, as a property and no header.'),
    deadline: { type: 'integer', description: 'When the call must have ended, in ms since the epoch.' },
  },
  answer: correlation,
  event: {
    ...correlation,
    'microapi-attempts': {
      type: 'integer',
      description: 'How often it was handled, on one that comes again.',
    },
  },
  session: {
    correlation_id: text('The session, as a property and no header.'),
    message_id: text('The number of the message, as a property and no header.'),
  },
}

function fateOf({ kind, options }: NamedMethod, queue: string): string {
  const { attempts, deadLetter } = failurePolicy(kind, options)
  const end = deadLetter ? `then put into \`${queue}.dead\`` : 'then dropped'
  return `One whose handling fails is handled ${attempts === 1 ? 'once' : `up to ${attempts} times`}, ${end}.`
}
