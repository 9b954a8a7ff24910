import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { cpus } from 'node:os'
import { h2loadVersion } from './h2load.ts'
import { pinned } from './processes.ts'

const here = createRequire(import.meta.url)

/** Packages without `./package.json` among their exports are found by walking up from their entry. */
const versionOf = (name: string): string => {
  for (const folder of here.resolve.paths(name) ?? []) {
    try {
      return (JSON.parse(readFileSync(`${folder}/${name}/package.json`, 'utf8')) as { version: string })
        .version
    } catch {
      continue
    }
  }
  return 'not installed'
}

const measured = [
  'microapi-ts',
  'fastify',
  'undici',
  'ws',
  'amqplib',
  'kafkajs',
  '@nestjs/microservices',
  '@trpc/server',
  '@orpc/server',
  '@grpc/grpc-js',
  'nice-grpc',
  '@connectrpc/connect-node',
  '@bufbuild/protobuf',
  'protobufjs',
  'autocannon',
  'typescript',
]

/** What a figure means nothing without. */
export const machine = () => {
  const [cpu] = cpus()
  const facts = {
    date: new Date().toISOString(),
    node: process.version,
    cpu: cpu?.model.trim() ?? 'unknown',
    cores: cpus().length,
    pinned,
    versions: {
      ...Object.fromEntries(measured.map((name) => [name, versionOf(name)])),
      h2load: h2loadVersion() ?? 'not installed',
    },
  }
  const where = pinned ? 'servers on core 0, load on core 1' : 'not pinned to cores: figures are noisier'
  const versions = Object.entries(facts.versions).map(([name, version]) => `${name} ${version}`)
  return {
    facts,
    line: `Node ${facts.node}, ${facts.cpu} × ${facts.cores}, ${where}\n${versions.join(', ')}`,
  }
}
