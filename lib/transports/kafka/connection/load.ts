import { failureInTime, failureToConnect } from './failure.ts'
import type { KafkaLike } from './kafka-like.ts'
import { createKafkaLog } from './load-log.ts'
import type { KafkaSettings } from '../options.ts'
import { calm } from './calm.ts'
import { leanKafkajs } from './lean/kafkajs.ts'
import { onRejected, tlsSockets } from './tls-sockets.ts'

/** Until a broker has answered a request, in ms; what may take longer by its nature, such as to join a group, has that beside it. */
const requestTimeoutMs = 10_000

/** Gives the instance of the settings, or makes one of kafkajs, which is loaded here for the first time. It is not connected yet. */
export async function loadKafka(settings: KafkaSettings): Promise<KafkaLike> {
  const kafka = settings.kafka ?? (await makeKafka(settings))
  await calm(kafka)
  return kafka
}

async function makeKafka(settings: KafkaSettings): Promise<KafkaLike> {
  const { brokers, clientId, tls, sasl, connectTimeoutMs, log } = settings
  const { Kafka, logLevel } = await load()
  return new Kafka({
    brokers: brokers.hosts.map(({ host, port }) => `${host}:${port}`),
    clientId,
    ...(tls && { ssl: tls, socketFactory: tlsSockets(settings) }),
    // It writes into it.
    ...(sasl && { sasl: { ...sasl } }),
    connectionTimeout: connectTimeoutMs,
    authenticationTimeout: connectTimeoutMs,
    requestTimeout: requestTimeoutMs,
    // Some 3 s: who uses it goes on for as long as it sees fit, and hears of it in between.
    retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 5 },
    ...createKafkaLog(log, logLevel),
  })
}

/** What can be connected: a producer, a consumer, an admin. */
export interface Connectable {
  connect(): Promise<void>
  disconnect(): Promise<void>
}

/**
 * Connects, or rejects with an RpcError: at once where a certificate is not taken, in `connectTimeoutMs` at the latest.
 * What comes too late is disconnected.
 */
export async function connectWithin(settings: KafkaSettings, one: Connectable): Promise<void> {
  const { address, connectTimeoutMs } = settings
  let timer: ReturnType<typeof setTimeout> | undefined
  let unhear = (): void => {}
  const vain = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(failureInTime(address, connectTimeoutMs)), connectTimeoutMs)
    unhear = onRejected(settings, reject)
  })
  const connecting = one.connect()
  try {
    await Promise.race([connecting, vain])
  } catch (cause) {
    const end = (): Promise<void> => one.disconnect().catch(() => {})
    void end()
    connecting.then(end, () => {})
    throw failureToConnect(address, cause)
  } finally {
    clearTimeout(timer)
    unhear()
  }
}

/** How long a goodbye may take, in ms. */
const goodbyeMs = 2_000

/** Disconnects, and waits for it 2 s at most: kafkajs waits for every answer that is due. Never rejects. */
export async function disconnectWithin(one: Pick<Connectable, 'disconnect'>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, goodbyeMs)))
  await Promise.race([one.disconnect().catch(() => {}), late])
  clearTimeout(timer)
}

async function load(): Promise<typeof import('kafkajs')> {
  try {
    const [{ default: kafkajs }] = await Promise.all([import('kafkajs'), leanKafkajs()])
    return kafkajs
  } catch (cause) {
    throw new Error('kafka:// needs the package "kafkajs": npm install kafkajs', { cause })
  }
}
