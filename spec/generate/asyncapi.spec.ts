import { Parser } from '@asyncapi/parser'
import { Type } from '@sinclair/typebox'
import { defineService, Empty, rpc, RpcError } from 'microapi-ts'
import { generateAsyncApi, type AsyncApiDocument, type AsyncApiOptions } from 'microapi-ts/generate'
import { describe, expect, it } from 'vitest'
import { app as cities } from '../../examples/cities/app.ts'
import { describeApp } from '../../lib/cli/app-description.ts'
import { conformanceContract } from '../../lib/testing/contract.ts'
import * as amqp from '../../lib/transports/amqp/protocol.ts'
import * as kafka from '../../lib/transports/kafka/protocol.ts'
import { streamEndLine } from '../../lib/wire/envelope.ts'
import { createMetadata } from '../../lib/core/metadata.ts'
import { fullWriter, labelOf, noMetadata, shortWriter } from '../../lib/wire/session/write-envelope.ts'
import { fullReplies, shortReplies } from '../../lib/wire/session/write-reply.ts'
import { validator } from './openapi-checks.ts'
import { everything, torture } from './openapi-torture.ts'

const options: AsyncApiOptions = {
  info: { title: 'Shop', description: 'Sells.', license: { name: 'MIT', url: 'https://mit-license.org' } },
  amqp: {
    host: 'rabbit.acme.example',
    secure: true,
    vhost: 'shop/eu',
    queue: 'shop',
    queuePer: 'method',
    eventExchange: 'shop-events',
    security: ['login'],
  },
  kafka: {
    host: 'kafka.acme.example:9092',
    secure: true,
    topic: 'shop',
    topicPer: 'service',
    groupId: 'shop-servers',
    replyTopic: 'shop-replies',
    eventPrefix: 'shop.',
    security: ['scram'],
  },
  securitySchemes: { login: { type: 'userPassword' }, scram: { type: 'scramSha256' } },
  services: { shop: 'Buys and sells.' },
}

const { values, failures, ...rest } = conformanceContract

describe('an AsyncAPI document', () => {
  const parser = new Parser()

  it.each<[name: string, document: AsyncApiDocument]>([
    ['the cities', generateAsyncApi(cities)],
    ['the conformance contract, its values', generateAsyncApi({ values })],
    ['the conformance contract, its failures', generateAsyncApi({ failures })],
    ['the conformance contract, what is left', generateAsyncApi(rest, { transports: ['amqp'] })],
    ['all that is odd', generateAsyncApi(torture)],
    ['all that is odd, with options', generateAsyncApi(torture, options)],
    ['its clients', generateAsyncApi(torture, { view: 'client' })],
    ['one transport', generateAsyncApi(torture, { transports: ['kafka'] })],
  ])('passes the parser: %s', { timeout: 120_000 }, async (_, document) => {
    const { document: parsed, diagnostics } = await parser.parse(JSON.stringify(document))
    // That there is a newer version is but information.
    expect(diagnostics.filter(({ code }) => code !== 'asyncapi-latest-version')).toEqual([])
    expect(parsed!.allOperations().length).toBe(Object.keys(document.operations).length)
  })

  it('is JSON, and the same of what describes an app', () => {
    const document = generateAsyncApi(cities)
    expect(JSON.parse(JSON.stringify(document))).toEqual(document)
    const description: unknown = JSON.parse(JSON.stringify(describeApp(cities)))
    expect(generateAsyncApi(description as Parameters<typeof generateAsyncApi>[0])).toEqual(document)
  })

  it('has the servers, queues, exchanges and topics that it was told of', () => {
    const { servers, channels, operations, info } = generateAsyncApi(torture, options)
    expect(info).toMatchObject({ title: 'Shop', version: '2.5', description: 'Sells.' })
    expect(servers).toMatchObject({
      amqp: {
        host: 'rabbit.acme.example',
        protocol: 'amqps',
        pathname: '/shop%2Feu',
        security: [{ $ref: '#/components/securitySchemes/login' }],
      },
      kafka: { host: 'kafka.acme.example:9092', protocol: 'kafka-secure' },
    })
    expect(channels['amqp.requests.shop.buy']).toMatchObject({
      address: 'shop.shop.buy',
      servers: [{ $ref: '#/servers/amqp' }],
      bindings: {
        amqp: {
          is: 'queue',
          queue: {
            name: 'shop.shop.buy',
            durable: true,
            exclusive: false,
            autoDelete: false,
            vhost: 'shop/eu',
          },
        },
      },
    })
    expect(channels['amqp.events.shop.moved']).toMatchObject({
      address: 'shop.moved',
      description: expect.stringContaining('`shop-events.shop.moved.shop`, a copy for each app'),
      bindings: { amqp: { is: 'routingKey', exchange: { name: 'shop-events', type: 'direct' } } },
    })
    expect(channels['kafka.requests.shop']).toMatchObject({ address: 'shop.shop' })
    expect(channels['kafka.replies']).toMatchObject({ address: 'shop-replies' })
    expect(channels['kafka.events.shop.paid']).toMatchObject({
      address: 'shop.shop.paid',
      description: expect.stringContaining('handled up to 2 times, then dropped'),
      messages: { 'shop.paid.event': { bindings: { kafka: { key: { type: 'string' } } } } },
    })
    const groupOf = (name: string) =>
      (operations[name]!.bindings!['kafka'] as { groupId: { enum: string[] } }).groupId.enum[0]
    expect(['shop.buy', 'shop.paid', 'shop.moved'].map((name) => groupOf(`kafka.${name}`))).toEqual([
      'shop-servers',
      'shop.shop',
      'shop-servers.events',
    ])
  })

  it('has the defaults of the transports', () => {
    const { channels, operations } = generateAsyncApi(torture)
    const addresses = Object.fromEntries(
      Object.entries(channels).map(([name, { address }]) => [name, address]),
    )
    expect(addresses).toEqual({
      'amqp.requests': 'microapi-requests',
      'amqp.replies': null,
      'amqp.sessions': null,
      'amqp.events.shop.paid': 'shop.paid',
      'amqp.events.shop.moved': 'shop.moved',
      'kafka.requests': 'microapi-requests',
      'kafka.replies': 'microapi-replies',
      'kafka.sessions': null,
      'kafka.events.shop.paid': 'microapi-events.shop.paid',
      'kafka.events.shop.moved': 'microapi-events.shop.moved',
    })
    expect(operations['amqp.shop.buy']).toMatchObject({
      action: 'receive',
      channel: { $ref: '#/channels/amqp.requests' },
      messages: [{ $ref: '#/channels/amqp.requests/messages/shop.buy.request' }],
      reply: {
        address: { location: '$message.header#/reply_to' },
        channel: { $ref: '#/channels/amqp.replies' },
        messages: [
          { $ref: '#/channels/amqp.replies/messages/shop.buy.response' },
          { $ref: '#/channels/amqp.replies/messages/shop.buy.failure' },
        ],
      },
    })
    expect(operations['amqp.values.shape']).toMatchObject({
      description: 'Deprecated.',
      'x-deprecated': true,
    })
    expect(operations['kafka.shop.talk.stream']!.messages).toHaveLength(2)
  })

  it('names the headers that the transports write', () => {
    const { schemas } = generateAsyncApi(torture).components
    const headersOf = (name: string) => Object.keys(schemas[`${name}Headers`]!['properties'] as object)
    expect(headersOf('AmqpRequest')).toContain(amqp.deadlineHeader)
    expect(headersOf('AmqpEvent')).toContain(amqp.attemptsHeader)
    const { callHeader, typeHeader, idHeader, replyToHeader, toHeader, numberHeader, attemptsHeader } = kafka
    expect(headersOf('KafkaRequest')).toEqual([callHeader, replyToHeader])
    expect(headersOf('KafkaAnswer')).toEqual([toHeader])
    expect(headersOf('KafkaEvent')).toEqual([attemptsHeader])
    expect(headersOf('KafkaSession')).toEqual([typeHeader, idHeader, numberHeader, toHeader])
  })

  it('is that of a client, which sends what its servers receive', () => {
    const { operations } = generateAsyncApi(torture, { view: 'client' })
    expect(new Set(Object.values(operations).map(({ action }) => action))).toEqual(new Set(['send']))
  })

  it('refuses a security scheme that is not there', () => {
    expect(() => generateAsyncApi(cities, { kafka: { security: ['scram'] } })).toThrow(
      'security of kafka names the scheme "scram", which securitySchemes does not have',
    )
  })
})

describe('messages', () => {
  const document = generateAsyncApi(torture)
  const { channels } = document
  const label = labelOf('shop', 'buy', 'a1')
  const failure = new RpcError('FAILED_PRECONDITION', 'nothing left', {
    reason: 'OUT_OF_STOCK',
    details: { left: 1, at: { street: 'Main St', zip: '12345' } },
  })
  const item = { street: 'Main St', zip: '12345' }
  const accepts = (channel: string, message: string, text: string): boolean =>
    validator(
      document,
      (channels[channel]!.messages[message] as { payload: object }).payload,
    )(JSON.parse(text))

  it.each<[channel: string, message: string, text: string]>([
    ['requests', 'shop.buy.request', fullWriter.request(label, '{"how":"x"}', '{"timeout-ms":"10"}')],
    [
      'requests',
      'values.nothing.request',
      shortWriter.request(labelOf('values', 'nothing', ''), '{}', noMetadata),
    ],
    ['requests', 'shop.list.open', fullWriter.open(labelOf('shop', 'list', 'b'), noMetadata)],
    [
      'requests',
      'shop.add.request',
      fullWriter.request(labelOf('shop', 'add', 'b'), JSON.stringify([item]), noMetadata),
    ],
    ['replies', 'shop.buy.response', fullReplies.response(label, '{}', noMetadata)],
    ['replies', 'shop.buy.response', shortReplies.response(label, '{}', '{"a":"b"}')],
    [
      'replies',
      'values.everything.response',
      fullReplies.response(label, JSON.stringify(everything), noMetadata),
    ],
    ['replies', 'shop.list.response', fullReplies.response(label, JSON.stringify([item, item]), noMetadata)],
    ['replies', 'shop.buy.failure', fullReplies.failure('response', label, failure, noMetadata)],
    ['replies', 'shop.buy.failure', shortReplies.failure('response', label, failure, noMetadata)],
    ['replies', 'failure', fullReplies.failure('response', label, new RpcError('INTERNAL', 'x'), noMetadata)],
    ['replies', 'offer', '{"type":"open","id":"a1","payload":{"queue":"q","reply_to":"r"}}'],
    ['sessions', 'shop.add.item', shortWriter.push(label, JSON.stringify(item))],
    ['sessions', 'shop.list.answer', shortWriter.push(label, JSON.stringify(item))],
    ['sessions', 'end', shortWriter.end(label, noMetadata)],
    ['sessions', 'end', fullWriter.end(label, noMetadata)],
    ['sessions', 'end', shortReplies.failure('stream_end', label, failure, noMetadata)],
    [
      'events.shop.paid',
      'shop.paid.event',
      fullWriter.request(labelOf('shop', 'paid', 'c'), JSON.stringify(item), noMetadata),
    ],
  ])('on %s, %s is as we write it', (channel, message, text) => {
    expect(accepts(`amqp.${channel}`, message, text)).toBe(true)
    expect(accepts(`kafka.${channel}`, message, text)).toBe(true)
  })

  it.each<[channel: string, message: string, text: string]>([
    ['requests', 'shop.buy.request', fullWriter.request(label, '{"how":7}', noMetadata)],
    ['requests', 'shop.list.request', fullWriter.request(label, '{"to":7}', noMetadata)],
    ['replies', 'shop.buy.response', fullReplies.failure('response', label, failure, noMetadata)],
    ['replies', 'shop.buy.failure', fullReplies.response(label, '{}', noMetadata)],
    ['sessions', 'shop.add.item', shortWriter.push(label, '{}')],
    ['sessions', 'end', streamEndLine(createMetadata())],
  ])('on %s, %s is nothing else', (channel, message, text) => {
    expect(accepts(`amqp.${channel}`, message, text)).toBe(false)
  })

  it('are found again by the id of their call', () => {
    for (const { messages } of Object.values(channels))
      for (const message of Object.values(messages))
        expect(message['correlationId']).toMatchObject({ location: '$message.payload#/id' })
  })

  it('of a schema with a name say beside it what is said of their uses', () => {
    const Point = Type.Object({ x: Type.Number() }, { $id: 'Point' })
    const Line = Type.Object({ from: Type.Optional({ ...Point, default: { x: 0 } }), to: Point })
    const { schemas } = generateAsyncApi({ maps: defineService({ draw: rpc.unary(Line, Empty) }) }).components
    // Beside a reference nothing counts in that older JSON Schema.
    expect(schemas['MapsDrawInput']!['properties']).toEqual({
      from: { allOf: [{ $ref: '#/components/schemas/Point' }], default: { x: 0 } },
      to: { $ref: '#/components/schemas/Point' },
    })
  })
})
