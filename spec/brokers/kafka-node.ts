/** A Kafka of one's own: processes on free ports, with their folder in the system's place for passing things. */
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { Kafka, logLevel } from 'kafkajs'
import { makeKafkaCertificates, type KafkaCertificates } from './kafka-certificates.ts'
import { serverProperties } from './kafka-config.ts'
import { freePorts, type KafkaPorts } from './kafka-ports.ts'
import { scramUsers, secureListeners, type SecureListener } from './kafka-security.ts'
import { isOnPath } from './on-path.ts'

/** The first version in there is Kafka's. */
const version = /<version>(.+)<\/version>/.exec(readFileSync('scripts/kafka/pom.xml', 'utf8'))![1]!

/** Where scripts/kafka/setup.sh puts it. */
const jars = path.join(
  process.env['XDG_CACHE_HOME'] || path.join(homedir(), '.cache'),
  `microapi-ts/kafka-${version}`,
)

/** How long it may take until it answers, in ms; seen are 3 to 15 s. */
const patienceMs = 90_000

/** What is missing for a Kafka of one's own, if it is. */
export function whatKafkaLacks(): string | undefined {
  const hasJava = isOnPath('java')
  if (hasJava && existsSync(jars)) return undefined
  return `${hasJava ? 'Kafka' : 'Java'} is missing: npm run setup:brokers`
}

/** Whether scripts/kafka/setup.sh asked for it in vain: Maven's repository does not answer. */
export function isKafkaOutOfReach(): boolean {
  return existsSync(`${jars}.out-of-reach`)
}

/** A Kafka that runs: brokers that are controllers too, numbered from 0, which is their node.id. */
export interface KafkaCluster {
  /** `host:port` of each. */
  readonly brokers: readonly string[]
  /** Where it was started with `secure`. */
  readonly secure?: SecureSide
  readonly version: string
  /** Ends broker `i` as a crash would (kill -9); resolves when it is gone. */
  kill(i: number): Promise<void>
  /** Starts broker `i` on its ports, with what it had on disk; resolves when it answers as one of the cluster. */
  start(i: number): Promise<void>
  /** Ends all of it at once, with its folder. */
  stop(): Promise<void>
}

/** How those come in that do not use the plain listener. */
export interface SecureSide {
  /** `host:port` of each broker at this listener. */
  at(listener: SecureListener): readonly string[]
  readonly certificates: KafkaCertificates
}

/** What startKafka may be told. */
export interface KafkaOptions {
  /** How many brokers it has, 1 by default; internal topics have replicas on up to three. */
  readonly brokers?: number
  /** Whether a topic comes into being when it is first asked for; not so by default. */
  readonly autoCreateTopics?: boolean
  /** Whether brokers have the listeners of kafka-security.ts too, and the access lists; not so by default. */
  readonly secure?: boolean
}

/** Starts a Kafka; rejects, with the end of what it printed, where it does not come up. */
export async function startKafka(options: KafkaOptions = {}): Promise<KafkaCluster> {
  const { brokers: count = 1, autoCreateTopics = false, secure = false } = options
  const ports: readonly KafkaPorts[] = await freePorts(count, [
    'broker',
    'controller',
    ...(secure ? secureListeners : []),
  ])
  const home = mkdtempSync(path.join(tmpdir(), 'microapi-kafka-'))
  const certificates = secure ? makeKafkaCertificates(home) : undefined
  for (const i of ports.keys()) {
    const folder = path.join(home, String(i))
    mkdirSync(folder)
    const data = path.join(folder, 'data')
    writeFileSync(
      path.join(folder, 'server.properties'),
      serverProperties(i, ports, { data, autoCreateTopics, stores: certificates }),
    )
    if (secure) writeFileSync(path.join(folder, 'scram'), scramUsers().join('\n'))
  }
  // A session of its own: a signal to the specs' group is none for it, the end of its input is.
  const child = spawn('bash', [path.resolve('spec/brokers/kafka-node.sh'), jars, 'MicroapiMicroapiMicroa'], {
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
    env: { PATH: process.env['PATH'], HOME: home },
  })
  child.stdin.on('error', () => {})
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()))
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  /** They are answered in their order. The answer is the process, where there is one. */
  const tell = async (command: 'start' | 'kill', i: number): Promise<number> => {
    child.stdin.write(`${command} ${i}\n`)
    const answer = await answers.next()
    if (answer.done) throw new Error(`Kafka was stopped: it cannot ${command} broker ${i}`)
    return Number(answer.value.split(' ')[1])
  }
  const brokers = ports.map(({ broker }) => `127.0.0.1:${broker}`)

  const start = async (i: number, isUp: (nodes: readonly number[]) => boolean): Promise<void> => {
    const pid = await tell('start', i)
    const end = Date.now() + patienceMs
    while (Date.now() < end && runs(pid)) {
      if (isUp(await nodesSeenBy(brokers[i]!))) return
      await pause(100)
    }
    const output = path.join(home, String(i), 'output')
    const said = (existsSync(output) && readFileSync(output, 'utf8').slice(-2_000)) || 'nothing'
    throw new Error(`Kafka's broker ${i} ended, or did not answer in ${patienceMs} ms; it said: ${said}`)
  }
  const stop = async (): Promise<void> => {
    child.stdin.end()
    await ended
  }
  try {
    await Promise.all(ports.map((_, i) => start(i, (nodes) => nodes.length === count)))
  } catch (error) {
    await stop()
    throw error
  }
  return {
    brokers,
    ...(certificates && {
      secure: { at: (listener) => ports.map((one) => `127.0.0.1:${one[listener]}`), certificates },
    }),
    version,
    kill: async (i) => void (await tell('kill', i)),
    start: (i) => start(i, (nodes) => nodes.includes(i)),
    stop,
  }
}

/** The brokers of which this one says that they take part; none where it does not answer. */
async function nodesSeenBy(broker: string): Promise<readonly number[]> {
  const admin = new Kafka({
    brokers: [broker],
    logLevel: logLevel.NOTHING,
    connectionTimeout: 2_000,
    requestTimeout: 2_000,
    retry: { retries: 0 },
  }).admin()
  try {
    await admin.connect()
    return (await admin.describeCluster()).brokers.map(({ nodeId }) => nodeId)
  } catch {
    return []
  } finally {
    await admin.disconnect()
  }
}

function runs(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
