/** How a Kafka broker of the specs is configured: small, quick, and as safe as its cluster's size allows. */

import type { KafkaStores } from './kafka-certificates.ts'
import type { KafkaPorts } from './kafka-ports.ts'
import { listenerName, protocolOf, secureListeners, securityProperties } from './kafka-security.ts'

/** What differs between the clusters of the specs. */
export interface KafkaConfig {
  /** The broker's folder. */
  readonly data: string
  readonly autoCreateTopics: boolean
  /** Where it has ports for secure listeners too. */
  readonly stores?: KafkaStores | undefined
}

/** The server.properties of broker `id`, which is controller too, in a cluster on these ports. */
export function serverProperties(
  id: number,
  ports: readonly KafkaPorts[],
  { data, autoCreateTopics, stores }: KafkaConfig,
): string {
  const { broker, controller, ...others } = ports[id]!
  const secure = secureListeners.filter((one) => others[one] !== undefined)
  const forAll = [
    `PLAINTEXT://127.0.0.1:${broker}`,
    ...secure.map((one) => `${listenerName(one)}://127.0.0.1:${others[one]}`),
  ].join(',')
  const replicas = Math.min(3, ports.length)
  // One of three may be lost.
  const inSync = Math.max(1, replicas - 1)
  const settings = {
    'process.roles': 'broker,controller',
    'node.id': id,
    'controller.quorum.voters': ports.map((one, i) => `${i}@127.0.0.1:${one.controller}`).join(','),
    listeners: `${forAll},CONTROLLER://127.0.0.1:${controller}`,
    'advertised.listeners': forAll,
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': [
      'PLAINTEXT:PLAINTEXT',
      'CONTROLLER:PLAINTEXT',
      ...secure.map(protocolOf),
    ].join(','),
    ...(stores && securityProperties(stores)),
    'log.dirs': data,
    'auto.create.topics.enable': autoCreateTopics,
    'default.replication.factor': replicas,
    'min.insync.replicas': inSync,
    'offsets.topic.num.partitions': 4,
    'offsets.topic.replication.factor': replicas,
    'transaction.state.log.num.partitions': 4,
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': inSync,
    // A group's first members need not wait for more of them, and a lost one may be found out soon.
    'group.initial.rebalance.delay.ms': 0,
    'group.min.session.timeout.ms': 1_000,
    // A broker that was killed is let in again only when its session has ended, and is replaced no sooner.
    'broker.session.timeout.ms': 3_000,
    'broker.heartbeat.interval.ms': 500,
    // 128 MB otherwise.
    'log.cleaner.dedupe.buffer.size': 4_194_304,
    'num.network.threads': 2,
    'num.io.threads': 4,
  }
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')
}
