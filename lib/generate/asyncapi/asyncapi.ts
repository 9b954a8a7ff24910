import { amqpNotes } from './amqp.ts'
import { createChannels } from './channels.ts'
import type { AsyncApiDocument, AsyncApiOptions, Broker } from './document.ts'
import { kafkaNotes } from './kafka.ts'
import { operationsOf } from './operation.ts'
import { createComponents } from '../json-schema/components.ts'
import type { JsonObject } from '../json-schema/keywords.ts'
import { apiOf, type ApiSource } from '../json-schema/source.ts'

/**
 * Describes an app, a contract or its description as brokers carry it: the queues of RabbitMQ and the topics of Kafka.
 * `JSON.stringify` makes an `asyncapi.json` of it. Throws a TypeError for a schema that refers to one that is not there,
 * with its place.
 * @see https://www.asyncapi.com/docs/reference/specification/v3.0.0
 */
export function generateAsyncApi(source: ApiSource, options: AsyncApiOptions = {}): AsyncApiDocument {
  const { version, services, methods } = apiOf(source)
  const { transports = ['amqp', 'kafka'], view = 'server', securitySchemes } = options
  const action = view === 'server' ? 'receive' : 'send'
  const components = createComponents('draft-07')
  const parts = [...new Set(transports)].map((broker) => {
    const notes = broker === 'amqp' ? amqpNotes(options.amqp) : kafkaNotes(options.kafka)
    const channels = createChannels(notes, components)
    const operations = methods.map((one) => operationsOf(one, { notes, channels, components, action }))
    return {
      server: { ...notes.server, ...securityOf(broker, options) },
      broker,
      channels: channels.all,
      operations: Object.assign({}, ...operations) as AsyncApiDocument['operations'],
    }
  })
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'API',
      version: version ?? '0.0.0',
      ...infoOf(options),
      tags: services.map((name) => ({
        name,
        description: options.services?.[name] ?? `The service \`${name}\`.`,
      })),
    },
    defaultContentType: 'application/json',
    servers: Object.fromEntries(parts.map(({ broker, server }) => [broker, server])),
    channels: Object.assign({}, ...parts.map(({ channels }) => channels)) as AsyncApiDocument['channels'],
    operations: Object.assign(
      {},
      ...parts.map(({ operations }) => operations),
    ) as AsyncApiDocument['operations'],
    components: { schemas: components.finish(), ...(securitySchemes && { securitySchemes }) },
  }
}

/** What OpenAPI has and AsyncAPI has not is left out, or said in another way. */
function infoOf({ info = {} }: AsyncApiOptions): JsonObject {
  const { summary, description = summary, license, ...rest } = info
  const { identifier: _, ...plain } = license ?? {}
  return { ...rest, ...(description !== undefined && { description }), ...(license && { license: plain }) }
}

function securityOf(broker: Broker, { securitySchemes = {}, ...options }: AsyncApiOptions): JsonObject {
  const names = options[broker]?.security
  if (!names) return {}
  const unknown = names.find((name) => !Object.hasOwn(securitySchemes, name))
  if (unknown !== undefined)
    throw new TypeError(
      `security of ${broker} names the scheme "${unknown}", which securitySchemes does not have`,
    )
  return { security: names.map((name) => ({ $ref: `#/components/securitySchemes/${name}` })) }
}
