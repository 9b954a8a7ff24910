/**
 * What vitest runs around all spec files: brokers that they share. Nothing is started before a spec asks for it, over a
 * socket, since specs run in processes of their own.
 */
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { startNode, type RabbitNode } from './rabbitmq-node.ts'

/** Opens the socket; what it returns ends what was started, and says what that was. */
export default async function brokers(): Promise<() => Promise<void>> {
  let node: Promise<RabbitNode> | undefined
  let used: string | undefined
  const askers = new Set<Socket>()
  const server = createServer(async (socket) => {
    askers.add(socket)
    socket.on('close', () => askers.delete(socket)).on('error', () => {})
    socket.end(JSON.stringify(await find().catch((error: unknown) => ({ failure: String(error) }))))
  })
  const find = async (): Promise<{ url: string }> => {
    const named = process.env['AMQP_URL']
    if (named !== undefined && named !== '') {
      used = 'the RabbitMQ that AMQP_URL names'
      return { url: named }
    }
    const { url, version } = await (node ??= startNode())
    used = `RabbitMQ ${version}, a node of its own`
    return { url }
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  // Who runs specs without one has no need to wait for it.
  server.unref()
  process.env['MICROAPI_BROKERS'] = String((server.address() as AddressInfo).port)
  return async () => {
    server.close()
    for (const asker of askers) asker.destroy()
    await (await node?.catch(() => undefined))?.stop()
    if (used !== undefined) console.log(`brokers: the specs ran on ${used}`)
  }
}
