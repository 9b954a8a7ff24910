/**
 * What vitest runs around all spec files: brokers that they share. Nothing is started before a spec asks for it, over a
 * socket, since specs run in processes of their own. Each kind of broker has a socket, so that asking is connecting.
 */
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { kafkaChoice, startChosenKafka } from './kafka-choice.ts'
import { startNode } from './rabbitmq-node.ts'

/** A broker as it was found or started. */
interface Shared {
  /** What it is, for the line at the end of the run. */
  readonly name: string
  /** What is sent to those who ask. */
  readonly answer: object
  /** Ends it, where it was started here. */
  stop?(): Promise<void>
}

/** Opens the sockets; what it returns ends what was started, and says what that was. */
export default async function openBrokers(): Promise<() => Promise<void>> {
  // The specs' processes have it from this one.
  kafkaChoice()
  const closes = [await share('MICROAPI_RABBITMQ', rabbitMq), await share('MICROAPI_KAFKA', kafka)]
  return async () => {
    const names = (await Promise.all(closes.map((close) => close()))).filter((name) => name !== undefined)
    if (names.length > 0) console.log(`brokers: the specs ran on ${names.join(' and ')}`)
  }
}

async function rabbitMq(): Promise<Shared> {
  const named = process.env['AMQP_URL']
  if (named) return { name: 'the RabbitMQ that AMQP_URL names', answer: { url: named } }
  const { url, version, stop } = await startNode()
  return { name: `RabbitMQ ${version}, a node of its own`, answer: { url }, stop }
}

async function kafka(): Promise<Shared> {
  const { name, brokers, stop } = await startChosenKafka()
  return { name, answer: { brokers }, ...(stop && { stop }) }
}

/**
 * Answers who connects to the port that the variable names with the broker, which is found at the first time. What it
 * returns ends that, and resolves to the broker's name if anybody asked.
 */
async function share(
  variable: string,
  find: () => Promise<Shared>,
): Promise<() => Promise<string | undefined>> {
  let found: Promise<Shared> | undefined
  const askers = new Set<Socket>()
  const server = createServer(async (socket) => {
    askers.add(socket)
    socket.on('close', () => askers.delete(socket)).on('error', () => {})
    const answer = await (found ??= find()).then(
      (shared) => shared.answer,
      (error: unknown) => ({ failure: String(error) }),
    )
    socket.end(JSON.stringify(answer))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  // Who runs specs without one has no need to wait for it.
  server.unref()
  process.env[variable] = String((server.address() as AddressInfo).port)
  return async () => {
    server.close()
    for (const asker of askers) asker.destroy()
    const shared = await found?.catch(() => undefined)
    await shared?.stop?.()
    return shared?.name
  }
}
