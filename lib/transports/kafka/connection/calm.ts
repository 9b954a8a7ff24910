import type { Socket } from 'node:net'
import type { KafkaLike } from './kafka-like.ts'

/** What of kafkajs's RequestQueue is needed here. */
interface Queue {
  readonly pending: readonly unknown[]
  scheduleCheckPendingRequests(): void
}

/** What of its Connection is. */
interface Connection {
  readonly requestQueue: Queue
  /** The last one, also when it is gone. */
  readonly socket?: Socket
  disconnect(): Promise<boolean>
}

/** What of kafkajs's Kafka, behind its public face, leads to both. */
interface Cluster {
  readonly connectionPoolBuilder: {
    build(at: { host: string; port: number }): Promise<{ readonly pool: readonly Connection[] }>
  }
}

const calmed = new WeakSet<object>()

/**
 * Mends two things of kafkajs 2.2.4, in its own classes, for all that use the same copy of it; does nothing to what is no
 * kafkajs, or another version of it.
 */
export async function calm(kafka: KafkaLike): Promise<void> {
  try {
    // Public are only functions that hide all of it.
    const symbol = Object.getOwnPropertySymbols(kafka).find((one) => /createCluster/.test(String(one)))
    if (symbol === undefined) return
    const createCluster = (kafka as unknown as Record<symbol, (options: object) => Cluster>)[symbol]!
    // Connects nowhere: it is there to be looked at.
    const { pool } = await createCluster({}).connectionPoolBuilder.build({ host: '127.0.0.1', port: 1 })
    calmQueue(Object.getPrototypeOf(pool[0]!.requestQueue) as Queue)
    calmConnection(Object.getPrototypeOf(pool[0]) as Connection)
  } catch {
    // It is another library, or another version: it works as it is.
  }
}

/**
 * Stops the timer that it sets anew every millisecond on every connection, even where no request waits to be sent; it costs some
 * percent of a core for each, and a warning on Node 24.
 * @see https://github.com/tulios/kafkajs/issues/1751
 */
function calmQueue(queue: Queue): void {
  const schedule = queue.scheduleCheckPendingRequests
  if (calmed.has(queue) || typeof schedule !== 'function') return
  calmed.add(queue)
  queue.scheduleCheckPendingRequests = function (this: Queue) {
    if (this.pending.length > 0) schedule.call(this)
  }
}

/**
 * Lets a socket be that is gone when its connection disconnects once more, as it does with every attempt while a broker is down: to
 * unref such a one is to put another listener on it, and Node warns of the eleventh.
 */
function calmConnection(connection: Connection): void {
  const { disconnect } = connection
  if (calmed.has(connection) || typeof disconnect !== 'function') return
  calmed.add(connection)
  connection.disconnect = function (this: Connection) {
    const { socket } = this
    if (socket?.destroyed) socket.unref = () => socket
    return disconnect.call(this)
  }
}
