/** The Kafka of compose.yaml, in Docker. */
import { execFile, spawnSync } from 'node:child_process'
import { promisify } from 'node:util'
import { isOnPath } from './on-path.ts'

/** How long Docker may take to answer, in ms. */
const patienceMs = 10_000

/** What is missing for a Kafka in Docker, if it is. */
export function whatDockerLacks(): string | undefined {
  if (!isOnPath('docker')) return 'Docker is missing'
  // It needs the plugin and the daemon.
  const { status } = spawnSync('docker', ['compose', 'ls'], { stdio: 'ignore', timeout: patienceMs })
  return status === 0 ? undefined : 'Docker Compose does not answer: see docker compose ls'
}

/** A Kafka that runs in Docker. */
export interface DockerKafka {
  /** `host:port` of its broker. */
  readonly brokers: readonly string[]
  /** Removes it, unless it ran before it was asked for. */
  stop(): Promise<void>
}

/** Starts the Kafka of compose.yaml; rejects, with what Docker said, where it does not come up. */
export async function startDockerKafka(): Promise<DockerKafka> {
  const wasUp = (await compose('ps', '-q', '--status', 'running', 'kafka')) !== ''
  const stop = async (): Promise<void> => {
    if (!wasUp) await compose('rm', '-f', '-s', '-v', 'kafka')
  }
  try {
    // Until its health check is content.
    await compose('up', '-d', '--wait', 'kafka')
  } catch (error) {
    await stop().catch(() => {})
    throw error
  }
  return { brokers: ['127.0.0.1:9092'], stop }
}

async function compose(...options: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)('docker', ['compose', ...options])
  return stdout.trim()
}
