import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import {
  KafkaJSNonRetriableError,
  KafkaJSNumberOfRetriesExceeded,
  KafkaJSProtocolError,
  logLevel,
} from 'kafkajs'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { RpcError } from '../../../lib/core/errors.ts'
import type { Log } from '../../../lib/core/log.ts'
import { neverRan } from '../../../lib/core/never-ran.ts'
import {
  failureOfTopics,
  failureToConnect,
  failureToPrepare,
  failureToSend,
} from '../../../lib/transports/kafka/connection/failure.ts'
import { createKafkaLog } from '../../../lib/transports/kafka/connection/load-log.ts'
import { connectWithin, loadKafka } from '../../../lib/transports/kafka/connection/load.ts'
import { kafkaSettings, type KafkaOptions } from '../../../lib/transports/kafka/options.ts'
import { openPublisher } from '../../../lib/transports/kafka/publisher/publisher.ts'

const ends: (() => unknown)[] = []
afterEach(async () => {
  vi.doUnmock('kafkajs')
  for (const end of ends.splice(0).toReversed()) await end()
})

function quiet(): Log & { readonly lines: string[] } {
  const lines: string[] = []
  const keep = (_: object, message: string): void => void lines.push(message)
  return { lines, error: keep, warn: keep, info: keep }
}

/** What it fails with to open a publisher, or undefined. */
async function failureOf(options: KafkaOptions): Promise<RpcError | undefined> {
  const settings = kafkaSettings({ log: quiet(), ...options })
  try {
    const publisher = await openPublisher(await loadKafka(settings), settings)
    await publisher.close()
    return undefined
  } catch (error) {
    expect(error).toBeInstanceOf(RpcError)
    return error as RpcError
  }
}

async function portOf(listener: (socket: Socket) => void): Promise<number> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  ends.push(() => server.close())
  return (server.address() as AddressInfo).port
}

function protocolError(type: string, message = 'so says the broker'): KafkaJSProtocolError {
  const error = new KafkaJSProtocolError(message)
  return Object.assign(error, { type })
}

/** As kafkajs wraps it when it gives up. */
function wrapped(error: Error): Error {
  // Its types leave out what its constructors take.
  const given = Object.assign(new KafkaJSNumberOfRetriesExceeded(error, { retryCount: 5, retryTime: 100 }), {
    cause: error,
  })
  return Object.assign(new KafkaJSNonRetriableError(given), { cause: given })
}

describe('what kafkajs throws', () => {
  it.each([
    [
      'UNKNOWN_TOPIC_OR_PARTITION',
      'NOT_FOUND',
      'a has no topic "t": create it, or let it be done with the option createTopics',
    ],
    ['TOPIC_AUTHORIZATION_FAILED', 'PERMISSION_DENIED', 'Allow it in the cluster'],
    ['MESSAGE_TOO_LARGE', 'RESOURCE_EXHAUSTED', 'raise max.message.bytes'],
    ['RECORD_LIST_TOO_LARGE', 'RESOURCE_EXHAUSTED', 'segment.bytes'],
    [
      'INVALID_TOPIC_EXCEPTION',
      'INVALID_ARGUMENT',
      'a, topic "t": so says the broker (INVALID_TOPIC_EXCEPTION)',
    ],
    ['NOT_ENOUGH_REPLICAS', 'UNAVAILABLE', 'so says the broker'],
    ['SOMETHING_NEW', 'UNAVAILABLE', 'SOMETHING_NEW'],
  ])('%s is %s', (type, code, text) => {
    const error = failureToSend('a', 't', wrapped(protocolError(type)))
    expect(error).toMatchObject({ code, message: expect.stringContaining(text) })
    expect(neverRan(error)).toBe(code !== 'UNAVAILABLE')
    expect(failureToPrepare('a', ['t'], protocolError(type))).toMatchObject({ code })
  })

  it('may be several at once', () => {
    const all = Object.assign(new Error('Topic creation errors'), {
      errors: [protocolError('INVALID_REPLICATION_FACTOR', 'too many')],
    })
    expect(failureToPrepare('a', ['t'], all)).toMatchObject({
      code: 'FAILED_PRECONDITION',
      message:
        'a, topic "t": too many (INVALID_REPLICATION_FACTOR). Set createTopics.replicationFactor to at most the number of brokers',
    })
  })

  it('names every topic that is missing', () => {
    expect(failureOfTopics('a', ['t', 'u']).message).toBe(
      'a has no topics "t", "u": create them, or let it be done with the option createTopics',
    )
  })

  it.each([
    ['kafka://a', {}, '. The broker may want TLS (kafkas://) or a name and a password (sasl)'],
    ['kafkas://a', {}, '. The broker may want a name and a password (sasl)'],
    [
      'kafkas://a',
      { name: 'KafkaJSConnectionError', code: 'ECONNRESET' },
      '. The broker may want no TLS there (kafka://), a certificate (tls.cert and tls.key) or a name and a password (sasl)',
    ],
  ])('may be a connection that %s has closed: %j', (address, more, advice) => {
    const closed = Object.assign(new Error('Closed'), { name: 'KafkaJSConnectionClosedError', ...more })
    expect(failureToConnect(address, wrapped(closed))).toMatchObject({
      code: 'UNAVAILABLE',
      message: `${address}: Closed${advice}`,
    })
  })

  it.each(['ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE', 'ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE'])(
    'may be a certificate of ours that is not taken: %s',
    (code) => {
      const said =
        '80DC:error:0A000412:SSL routines:ssl3_read_bytes:sslv3 alert bad certificate:../a.c:1601:42'
      const refused = Object.assign(new Error(`Connection error: ${said}\n`), { code })
      expect(failureToConnect('a', wrapped(refused))).toMatchObject({
        code: 'UNAUTHENTICATED',
        message:
          'a: sslv3 alert bad certificate. The broker wants a certificate that it trusts: tls.cert and tls.key',
      })
    },
  )

  it('may be nothing that it should throw', () => {
    expect(failureToConnect('a', undefined)).toMatchObject({ code: 'UNAVAILABLE', message: 'a: undefined' })
    expect(failureToConnect('a', new TypeError('of null'))).toMatchObject({ message: 'a: of null' })
    const loop: { cause?: unknown } = Object.assign(new Error('round'), {})
    loop.cause = loop
    expect(failureToConnect('a', loop)).toMatchObject({ message: 'a: round' })
  })
})

describe('who connects', () => {
  it('hears that nobody listens', { timeout: 20_000 }, async () => {
    const port = await portOf(() => {})
    await ends.pop()!()
    const error = await failureOf({ url: `kafka://127.0.0.1:${port}` })
    expect(error).toMatchObject({ code: 'UNAVAILABLE' })
    expect(error!.message).toBe(`kafka://127.0.0.1:${port}: connect ECONNREFUSED 127.0.0.1:${port}`)
    expect(neverRan(error!)).toBe(true)
  })

  it('does not wait for ever for a broker that accepts and never answers', { timeout: 20_000 }, async () => {
    const sockets: Socket[] = []
    const port = await portOf((socket) => sockets.push(socket.on('error', () => {})))
    ends.push(() => sockets.forEach((socket) => socket.destroy()))
    const error = await failureOf({ url: `kafka://127.0.0.1:${port}`, connectTimeoutMs: 300 })
    expect(error).toMatchObject({ code: 'UNAVAILABLE' })
    expect(error!.message).toBe(
      `kafka://127.0.0.1:${port}: no answer in 300 ms (connectTimeoutMs): is it Kafka that listens there?`,
    )
    expect(neverRan(error!)).toBe(true)
  })

  it('hears what package is missing', async () => {
    vi.doMock('kafkajs', () => {
      throw new Error('Cannot find package')
    })
    await expect(loadKafka(kafkaSettings({}))).rejects.toThrow(
      'kafka:// needs the package "kafkajs": npm install kafkajs',
    )
  })

  it('uses the instance that is given', async () => {
    const kafka = {} as NonNullable<KafkaOptions['kafka']>
    expect(await loadKafka(kafkaSettings({ kafka }))).toBe(kafka)
  })

  it('lets go of what connects too late', async () => {
    let connected = (): void => {}
    const connecting = new Promise<void>((resolve) => (connected = resolve))
    const disconnect = vi.fn<() => Promise<void>>(async () => {})
    const late = connectWithin(kafkaSettings({ connectTimeoutMs: 20 }), {
      connect: () => connecting,
      disconnect,
    })
    await expect(late).rejects.toThrow('no answer in 20 ms')
    const before = disconnect.mock.calls.length
    connected()
    await vi.waitFor(() => expect(disconnect.mock.calls.length).toBe(before + 1))
  })
})

describe("kafkajs's log", () => {
  it('says what nobody else does, once a minute', () => {
    vi.useFakeTimers()
    ends.push(() => vi.useRealTimers())
    const log = quiet()
    const warn = vi.spyOn(log, 'warn')
    const tell = createKafkaLog(log, logLevel).logCreator!(logLevel.WARN)
    const say = (level: logLevel, message: string, rest: object = {}): void =>
      tell({ namespace: 'Connection', level, label: '', log: { message, timestamp: '', ...rest } })
    say(logLevel.ERROR, 'Connection timeout after 7 ms', { broker: 'a:1' })
    say(logLevel.ERROR, 'Connection timeout after 8 ms', { broker: 'a:1' })
    say(logLevel.ERROR, 'Connection timeout after 8 ms', { broker: 'b:1' })
    say(logLevel.INFO, 'Consumer has joined the group')
    say(logLevel.ERROR, 'Response Metadata(key: 3, version: 6)')
    say(logLevel.WARN, 'The group is rebalancing, re-joining')
    expect(warn.mock.calls).toStrictEqual([
      [{ of: 'Connection', broker: 'a:1' }, 'kafkajs: Connection timeout after 7 ms'],
      [{ of: 'Connection', broker: 'b:1' }, 'kafkajs: Connection timeout after 8 ms'],
    ])
    vi.advanceTimersByTime(60_001)
    say(logLevel.ERROR, 'Connection timeout after 9 ms', { broker: 'a:1' })
    expect(warn).toHaveBeenCalledTimes(3)
  })
})
