import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'amqplib'
import { startNode, whatNodeLacks } from '../../spec/brokers/rabbitmq-node.ts'
import { eventQueueOf, placeOf, variables } from './place.ts'

const named = (): string | undefined => process.env['AMQP_URL'] || undefined

/** Why there is no broker for this suite, and what to do; undefined where there is one. */
export const whatIsMissing = (): string | undefined => (named() === undefined ? whatNodeLacks() : undefined)

const tidyUp = async (url: string, names: readonly string[]): Promise<void> => {
  const connection = await connect(url)
  const channel = await connection.createChannel()
  for (const place of names.map((name) => placeOf(url, name))) {
    for (const queue of [place.queue, eventQueueOf(place)]) await channel.deleteQueue(queue)
    await channel.deleteExchange(place.eventExchange)
  }
  await connection.close()
}

/**
 * Runs beside a broker, where processes that start meanwhile open places: what AMQP_URL names, which is left as it was,
 * else a node of its own, as the specs have it.
 */
export const withBroker = async <T>(run: () => Promise<T>): Promise<T> => {
  const url = named()
  const notes = mkdtempSync(join(tmpdir(), 'microapi-bench-'))
  const node = url === undefined ? await startNode() : undefined
  process.env[variables.url] = url ?? node!.url
  process.env[variables.notes] = notes
  console.log(node ? `RabbitMQ ${node.version}, a node of its own` : 'the RabbitMQ that AMQP_URL names')
  try {
    return await run()
  } finally {
    if (url !== undefined) await tidyUp(url, readdirSync(notes))
    await node?.stop()
    rmSync(notes, { recursive: true })
  }
}
