import type { Lab, WarmUp } from './lab.ts'
import type { StreamKind } from './peer.ts'
import type { Slice } from './slice.ts'

/** How long and how often a suite measures. */
export interface Effort {
  readonly rounds: number
  /** Milliseconds of one slice. */
  readonly slice: number
  readonly warmUp: WarmUp
}

/** Many short slices rather than few long ones: neighbours in time share the machine's mood, which their ratio cancels. */
export const FULL: Effort = { rounds: 11, slice: 500, warmUp: { calls: 10_000 } }
/** For CI: shows that everything runs, and roughly where it stands. */
export const SHORT: Effort = { rounds: 5, slice: 250, warmUp: { calls: 10_000, withinMs: 2_500 } }

/** One slice of one peer. */
export type Measure = (lab: Lab, peer: string, effort: Effort) => Promise<Slice>

const noLoad = (): Error => new Error('this peer names no request for a load generator')

/** What the server's core can answer: autocannon, 64 connections. */
export const capacity: Measure = async (lab, peer, { slice }) => {
  const { load, ask } = await lab.calling(peer)
  if (!load) throw noLoad()
  return ask({ do: 'capacity', load, connections: 64, ms: Math.max(slice, 500) })
}

/** What the server's core can answer over HTTP/2: h2load with so many connections and streams on each at a time. */
export const capacityHttp2 =
  (connections: number, streams: number): Measure =>
  async (lab, peer, { slice }) => {
    const { load, ask } = await lab.calling(peer)
    if (!load) throw noLoad()
    return ask({ do: 'capacityHttp2', load, connections, streams, ms: Math.max(slice, 500) })
  }

/** Calls a second through the peer's own client. */
export const rate =
  (inFlight: number): Measure =>
  async (lab, peer, { slice }) =>
    (await lab.calling(peer)).ask({ do: 'rate', ms: slice, inFlight })

/** The median time of a call, one at a time, in microseconds. */
export const latency: Measure = async (lab, peer, { slice }) =>
  (await lab.calling(peer)).ask({ do: 'latency', ms: slice })

/** Calls a second over the first calls that a fresh client makes to a fresh server, 64 in flight. */
export const firstCalls =
  (calls: number): Measure =>
  (lab, peer) =>
    lab.cold(peer, { do: 'calls', calls, inFlight: 64 })

/** Octets of the server's heap, and of what hangs on it, for each of so many idle connections. */
export const idle =
  (connections: number): Measure =>
  (lab, peer) =>
    lab.idle(peer, connections)

/** Items a second, in streams of `count` items, so many of them `atOnce`. */
export const stream =
  (kind: StreamKind, count: number, atOnce = 1): Measure =>
  async (lab, peer, { slice }) =>
    (await lab.streaming(peer, kind, count, atOnce)).ask({ do: 'stream', kind, count, atOnce, ms: slice })
