/**
 * What stands in for a Kafka where there is none: librdkafka's mock cluster, in the memory of Debian's kcat. It speaks the
 * protocol, consumer groups too, and makes each topic, with 4 partitions, when somebody asks for it.
 */
import { execFileSync, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { Kafka, logLevel } from 'kafkajs'
import type { KafkaOptions } from 'microapi-ts/kafka'
import { isOnPath } from './on-path.ts'

/** Why what needs a real Kafka does not run on it. */
export const mockLimits = "librdkafka's mock cluster has no createTopics, no durability, no failover"

/** What is missing for a mock cluster, if it is. */
export function whatMockLacks(): string | undefined {
  return isOnPath('kcat') ? undefined : 'kcat is missing: npm run setup:brokers'
}

/** A mock cluster that runs. */
export interface MockKafka {
  /** `host:port` of each of its three brokers. */
  readonly brokers: readonly string[]
  /** Of librdkafka. */
  readonly version: string
  /** Ends it at once. */
  stop(): Promise<void>
}

/** Starts a mock cluster; rejects, with what kcat printed, where it does not come up. */
export async function startMockKafka(): Promise<MockKafka> {
  const version = /librdkafka ([\d.]+)/.exec(execFileSync('kcat', ['-V'], { encoding: 'utf8' }))?.[1]
  // The cluster takes the place of the broker that is named. Without a home there is no kcat.conf.
  const options = ['-P', '-b', 'localhost:1', '-t', 'boot', '-X', 'test.mock.num.brokers=3']
  // It ends with its input: whoever started it may end in any way. A signal to the specs' group is none for it.
  const child = spawn('kcat', options, {
    detached: true,
    stdio: ['pipe', 'ignore', 'pipe'],
    env: { PATH: process.env['PATH'] },
  })
  child.stdin.on('error', () => {})
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()))
  const said: string[] = []
  const brokers = await new Promise<string[]>((resolve, reject) => {
    child.on('error', reject)
    createInterface({ input: child.stderr }).on('line', (line) => {
      const found = /replaced with (\S+:\d+)$/.exec(line)
      if (found) resolve(found[1]!.split(','))
      else said.push(line)
    })
    void ended.then(() => {
      const text = said.join('\n').slice(-2_000) || 'nothing'
      reject(new Error(`kcat ended, or did not say where its mock cluster is; it said: ${text}`))
    })
  })
  return {
    brokers,
    version: version ?? 'of an unknown version',
    async stop() {
      child.kill('SIGKILL')
      await ended
    },
  }
}

/**
 * How the transport goes to a mock cluster: by an instance of kafkajs that knows its ways. It names none of its brokers as the
 * controller, which an idempotent producer asks for its id. Who waits for news has them only when the time for it is over,
 * and who joins a group, when nearly all of a session's time is.
 */
export function mockConnection(brokers: readonly string[]): Pick<KafkaOptions, 'kafka'> {
  const instance = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING })
  const quick = { maxWaitTimeInMs: 50, sessionTimeout: 4_000, heartbeatInterval: 300 }
  return {
    kafka: {
      admin: (config) => instance.admin(config),
      consumer: (config) => instance.consumer({ ...config, ...quick }),
      producer: (config) => instance.producer({ ...config, idempotent: false }),
    },
  }
}
