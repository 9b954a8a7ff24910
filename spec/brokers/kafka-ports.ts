/**
 * Ports for brokers that are killed and started again on them. They lie below those that the system hands out: while a
 * broker is down nobody gets its port by chance, as the near end of a connection.
 */
import { createServer } from 'node:net'

/** Where one broker listens, on 127.0.0.1. */
export interface KafkaPorts {
  readonly broker: number
  readonly controller: number
  /** Where it asks for a name and a password. */
  readonly sasl: number
}

/** Ports for so many brokers, on which nobody listens. */
export async function freePorts(brokers: number): Promise<KafkaPorts[]> {
  const free = new Set<number>()
  while (free.size < 3 * brokers) {
    const port = 10_000 + Math.floor(Math.random() * 20_000)
    if (await isFree(port)) free.add(port)
  }
  const ports = [...free]
  return Array.from({ length: brokers }, (_, i) => ({
    broker: ports[3 * i]!,
    controller: ports[3 * i + 1]!,
    sasl: ports[3 * i + 2]!,
  }))
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
