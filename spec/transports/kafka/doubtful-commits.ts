import { connect, createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { Kafka, logLevel } from 'kafkajs'
import { onTestFinished } from 'vitest'

/** Numbers of requests. @see https://kafka.apache.org/protocol.html#protocol_api_keys */
const endTransaction = 26

/**
 * An instance of kafkajs whose connection breaks when the broker has answered the end of a transaction, and before that
 * answer is heard; the first `times` times.
 */
export async function doubtfulCommits(brokers: readonly string[], times: number) {
  const [host = '', port = ''] = brokers[0]!.split(':')
  let left = times
  const proxy = createServer((client) => {
    const broker = connect(Number(port), host)
    let isDoubtful = false
    client.on('data', (bytes) => {
      if (bytes.length > 6 && bytes.readInt16BE(4) === endTransaction && left > 0) {
        left--
        isDoubtful = true
      }
      broker.write(bytes)
    })
    broker.on('data', (bytes) => {
      if (isDoubtful) client.destroy()
      else client.write(bytes)
    })
    client.on('close', () => broker.destroy()).on('error', () => {})
    broker.on('close', () => client.destroy()).on('error', () => {})
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  onTestFinished(() => void proxy.close())
  const { port: ofProxy } = proxy.address() as AddressInfo
  const kafka = new Kafka({
    brokers: [...brokers],
    logLevel: logLevel.NOTHING,
    retry: { initialRetryTime: 50, maxRetryTime: 1_000, retries: 5 },
    socketFactory: ({ onConnect }) => connect(ofProxy, '127.0.0.1', onConnect),
  })
  return {
    kafka,
    /** How often it is still to happen. */
    left: () => left,
  }
}
