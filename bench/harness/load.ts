import { cityOf, expected, type Summary } from '../data/city.ts'
import { holds } from './holds.ts'
import type { PeerClient, StreamKind } from './peer.ts'
import type { Count } from './slice.ts'
import { median } from './stats.ts'

const wrong = (what: string): never => {
  throw new Error(`wrong answer: ${what}`)
}

/** Looks at whole answers, one that has a field of each kind and one with a field that is its type's zero. Throws for a wrong one. */
export const checkAnswers = async (client: PeerClient): Promise<Count> => {
  const ids = [7, 8]
  for (const id of ids) {
    const city = await client.unary(id)
    if (!holds(city, cityOf(id))) wrong(`${JSON.stringify(city)} for ${JSON.stringify(cityOf(id))}`)
  }
  return { figure: ids.length, done: ids.length }
}

const callOnce = async (client: PeerClient, id: number): Promise<void> => {
  const city = await client.unary(id)
  if (city.id !== id) wrong(`city ${city.id} for ${id}`)
}

/** Calls a second over `calls` unary calls, or those of `withinMs`, with `inFlight` of them under way at any time. */
export const callMany = async (
  client: PeerClient,
  calls: number,
  inFlight: number,
  withinMs = Infinity,
): Promise<Count> => {
  let next = 0
  const lane = async () => {
    while (next < calls && performance.now() - start < withinMs) await callOnce(client, next++ % 1_000)
  }
  const start = performance.now()
  await Promise.all(Array.from({ length: inFlight }, lane))
  return { figure: (next / (performance.now() - start)) * 1e3, done: next }
}

/** Unary calls a second with `inFlight` under way, over `ms` milliseconds. */
export const callFor = async (client: PeerClient, ms: number, inFlight: number): Promise<Count> => {
  const start = performance.now()
  const end = start + ms
  let done = 0
  const lane = async (_: unknown, index: number) => {
    for (let id = index; performance.now() < end; id = (id + 1) % 1_000) {
      await callOnce(client, id)
      done++
    }
  }
  await Promise.all(Array.from({ length: inFlight }, lane))
  return { figure: (done / (performance.now() - start)) * 1e3, done }
}

/** The median time of a call in microseconds, one at a time, over `ms` milliseconds. */
export const latency = async (client: PeerClient, ms: number): Promise<Count> => {
  const times: number[] = []
  const end = performance.now() + ms
  for (let start = performance.now(), id = 0; start < end; id = (id + 1) % 1_000) {
    await callOnce(client, id)
    const now = performance.now()
    times.push(now - start)
    start = now
  }
  return { figure: median(times) * 1e3, done: times.length }
}

/** Items a second over whole streams of `count` items, `atOnce` at any time, for at least `ms` milliseconds. */
export const streamFor = async (
  client: PeerClient,
  kind: StreamKind,
  { count, atOnce, ms }: { count: number; atOnce: number; ms: number },
): Promise<Count> => {
  const sum = expected(count)
  const start = performance.now()
  let items = 0
  const lane = async () => {
    do {
      const summary: Summary = (await client[kind]?.(count)) ?? wrong(`this peer has no ${kind}`)
      if (summary.count !== sum.count || summary.population !== sum.population) wrong(JSON.stringify(summary))
      items += count
    } while (performance.now() - start < ms)
  }
  await Promise.all(Array.from({ length: atOnce }, lane))
  return { figure: (items / (performance.now() - start)) * 1e3, done: items }
}

const AT_ONCE = 50

/** Opens so many clients more, which stay open in `kept`, and makes one call with each. */
export const openMany = async (
  connect: () => Promise<PeerClient>,
  connections: number,
  kept: PeerClient[],
): Promise<Count> => {
  const start = performance.now()
  const open = async () => {
    const client = await connect()
    kept.push(client)
    await callOnce(client, kept.length % 1_000)
  }
  for (let done = 0; done < connections; done += AT_ONCE)
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, connections - done) }, open))
  return { figure: (connections / (performance.now() - start)) * 1e3, done: connections }
}
