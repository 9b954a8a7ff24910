import type { KafkaLike } from './kafka-like.ts'

/** What of kafkajs's RequestQueue is needed here. */
interface Queue {
  readonly pending: readonly unknown[]
  scheduleCheckPendingRequests(): void
}

/** What of kafkajs's Kafka, behind its public face, leads to a RequestQueue. */
interface Cluster {
  readonly connectionPoolBuilder: {
    build(at: {
      host: string
      port: number
    }): Promise<{ readonly pool: readonly { readonly requestQueue: Queue }[] }>
  }
}

const calmed = new WeakSet<Queue>()

/**
 * Stops the timer that kafkajs 2.2.4 sets anew every millisecond on every connection, even where no request waits
 * to be sent; it costs some percent of a core for each, and a warning on Node 24. It changes kafkajs's class, for all that
 * use the same copy of it. Does nothing to what is no kafkajs, or another version of it.
 * @see https://github.com/tulios/kafkajs/issues/1751
 */
export async function calm(kafka: KafkaLike): Promise<void> {
  try {
    // Public are only functions that hide all of it.
    const symbol = Object.getOwnPropertySymbols(kafka).find((one) => /createCluster/.test(String(one)))
    if (symbol === undefined) return
    const createCluster = (kafka as unknown as Record<symbol, (options: object) => Cluster>)[symbol]!
    // Connects nowhere: it is there to be looked at.
    const { pool } = await createCluster({}).connectionPoolBuilder.build({ host: '127.0.0.1', port: 1 })
    const queue = Object.getPrototypeOf(pool[0]!.requestQueue) as Queue
    const schedule = queue.scheduleCheckPendingRequests
    if (calmed.has(queue) || typeof schedule !== 'function') return
    calmed.add(queue)
    queue.scheduleCheckPendingRequests = function (this: Queue) {
      if (this.pending.length > 0) schedule.call(this)
    }
  } catch {
    // It is another library, or another version: it works as it is.
  }
}
