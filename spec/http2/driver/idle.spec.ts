import { expect, it } from 'vitest'
import { startChild } from './child.ts'
import type { Opened } from './fixtures/idle-clients.ts'
import type { Told } from './fixtures/idle-server.ts'

// 10,000 with IDLE_CONNECTIONS=10000: they take half a minute, and files of the system.
const count = Number(process.env['IDLE_CONNECTIONS'] ?? 2_000)

interface Used {
  readonly used: number
  readonly rss: number
}

/** What a server has in use for each of so many idle connections that have made a request. */
async function perConnection(...how: readonly string[]): Promise<Used> {
  const server = startChild('idle-server', ...how)
  const { port } = (await server.hear<Told>()) as { port: number }
  const measure = async () => {
    server.say('memory')
    return (await server.hear<Told>()) as Used & { connections: number }
  }
  const open = async (some: number, connections: number) => {
    const clients = startChild('idle-clients', String(port), String(some), ...how)
    expect(await clients.hear<Opened>()).toBe('opened')
    const now = await measure()
    expect(now.connections).toBe(connections)
    return now
  }
  // The first ones pay for what is made once: compiled code, pools.
  const before = await open(200, 200)
  const after = await open(count, 200 + count)
  const each = (name: keyof Used) => Math.round((after[name] - before[name]) / count)
  return { used: each('used'), rss: each('rss') }
}

it(`${count} idle connections take at most 6 kB each`, async () => {
  const ours = await perConnection()
  const bare = await perConnection('bare')
  console.log(
    `an idle connection: ${ours.used} octets (RSS ${ours.rss}); a bare socket: ${bare.used} (RSS ${bare.rss})`,
  )
  expect(ours.used).toBeLessThanOrEqual(6_000)
}, 180_000)
