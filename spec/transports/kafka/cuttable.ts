/** Kafka whose connections can be cut. */
import { connect, type Socket } from 'node:net'
import { Kafka, logLevel } from 'kafkajs'

/** Instances of kafkajs whose connections `cut` ends, as brokers that are lost do; everybody may come back at once. */
export function cuttable(brokers: readonly string[]) {
  const sockets = new Set<Socket>()
  return {
    kafka: (): Kafka =>
      new Kafka({
        brokers: [...brokers],
        logLevel: logLevel.NOTHING,
        retry: { initialRetryTime: 50, maxRetryTime: 1_000, retries: 5 },
        // What the library would do itself, with an eye on every socket.
        socketFactory({ host, port, onConnect }) {
          const socket = connect({ host, port }, onConnect)
          sockets.add(socket)
          socket.on('close', () => sockets.delete(socket))
          return socket
        },
      }),
    cut() {
      // Without an error the library would hear nothing of it.
      for (const socket of sockets) socket.destroy(new Error('read ECONNRESET'))
    },
  }
}
