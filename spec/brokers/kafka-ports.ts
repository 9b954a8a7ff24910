/**
 * Ports for brokers that are killed and started again on them. They lie below those that the system hands out: while a
 * broker is down nobody gets its port by chance, as the near end of a connection.
 */
import { createServer } from 'node:net'
import type { SecureListener } from './kafka-security.ts'

/** Where one broker listens, on 127.0.0.1. */
export type KafkaPorts = Readonly<Record<'broker' | 'controller', number>> &
  Readonly<Partial<Record<SecureListener, number>>>

/** For each of so many brokers a port by each name, on which nobody listens. */
export async function freePorts<Name extends string>(
  brokers: number,
  names: readonly Name[],
): Promise<Record<Name, number>[]> {
  const free = new Set<number>()
  while (free.size < names.length * brokers) {
    const port = 10_000 + Math.floor(Math.random() * 20_000)
    if (await isFree(port)) free.add(port)
  }
  const ports = [...free]
  return Array.from({ length: brokers }, (_, i) => {
    const own = names.map((name, at) => [name, ports[names.length * i + at]!])
    return Object.fromEntries(own) as Record<Name, number>
  })
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
