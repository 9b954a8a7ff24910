import { Connection } from '../../../lib/http2/connection.ts'
import { sensitiveByDefault } from '../../../lib/http2/hpack/sensitive.ts'
import type { Http2Options } from '../../../lib/http2/options.ts'
import { preface } from '../../../lib/http2/protocol.ts'
import { ClientSide, ServerSide } from './apps.ts'
import { FieldPlans } from './fields.ts'
import { Lane, type LaneOptions } from './lane.ts'
import { makePlan } from './plan.ts'
import { Random } from './random.ts'
import type { Side } from './side.ts'

/** All that one seed makes: two connections, two lanes between them, two applications. */
export interface World {
  readonly random: Random
  readonly clock: { now: number }
  readonly client: ClientSide
  readonly server: ServerSide
  /** From the client to the server, and back. */
  readonly up: Lane
  readonly down: Lane
  readonly trace: string[]
  /** About the octets of one write: with windows far below it there would be no end. */
  readonly scale: number
}

/** Makes a world. Without caches, header blocks and templates are coded anew each time. */
export function makeWorld(seed: number, caches: boolean): World {
  const random = new Random(seed)
  const clock = { now: 0 }
  const trace: string[] = []
  const tiny = random.chance(0.2)
  const options = { client: makeOptions(random, tiny), server: makeOptions(random, tiny) }
  const relayed = random.chance(0.6)
  const noise = random.pick([0.02, 0.2, 0.5])
  const cut = random.pick([1, 3, 30, 1_000, 1_000, 20_000, 200_000])
  const lane = (to: 'client' | 'server'): LaneOptions => ({
    cut,
    weight: random.pick([1, 16, 256]),
    relay: relayed ? { maxFrameSize: options[to].maxFrameSize!, noise } : undefined,
  })
  const up = new Lane(random, clock, preface.length, lane('server'))
  const down = new Lane(random, clock, 0, lane('client'))
  if (up.relay && down.relay) {
    up.relay.back = down.relay
    down.relay.back = up.relay
  }
  const client = new ClientSide('client', random, trace)
  const server = new ServerSide('server', random, trace)
  server.client = client
  const join = (side: Side, out: Lane): void => {
    side.connection = new Connection(
      side.role,
      out,
      {
        ...(side === server ? { onStream: (stream) => server.onStream(stream as never) } : {}),
        onFault: (error) => side.faults.push(error),
        onClose(error) {
          side.closes++
          side.closeError = error
        },
      },
      options[side.role],
    )
    if (!caches) forgetful(side.connection)
  }
  join(client, up)
  join(server, down)
  up.sender = down.receiver = client.connection
  up.receiver = down.sender = server.connection

  const largest = Math.min(options.client.maxHeaderListSize!, options.server.maxHeaderListSize!)
  const fields = new FieldPlans(random, Math.min(60_000, 1.2 * largest))
  const window = Math.min(options.client.streamWindow!, options.server.streamWindow!)
  const count = tiny ? random.between(1, 10) : random.pick([1, 5, 15, 40])
  const most = cut < 30 ? Math.min(100, 4 * window) : Math.min(random.pick([100, 2_000, 20_000]), 20 * window)
  const scale = Math.min(most, Math.ceil(100_000 / count))
  for (let i = 0; i < count; i++) client.plans.push(makePlan(random, fields, i, scale))
  return { random, clock, client, server, up, down, trace, scale }
}

function makeOptions(random: Random, tiny: boolean): Http2Options {
  return {
    maxConcurrentStreams: random.pick([1, 2, 5, 100]),
    maxFrameSize: random.pick([16_384, 16_384, 20_000, 100_000]),
    streamWindow: random.pick(tiny ? [1, 2, 7, 50] : [500, 10_000, 65_535, 100_000, 1_048_576]),
    connectionWindow: random.pick([65_535, 65_535, 80_000, 4_194_304]),
    headerTableSize: random.pick([0, 64, 200, 4_096, 4_096, 65_536]),
    maxHeaderListSize: random.pick([3_000, 16_384, 60_000]),
    idleTimeoutMs: Number.POSITIVE_INFINITY,
    stallTimeoutMs: Number.POSITIVE_INFINITY,
    keepAliveMs: random.pick([Number.POSITIVE_INFINITY, 3_000]),
    keepAliveIdle: random.chance(0.5),
    settingsTimeoutMs: 1_000_000,
    handshakeTimeoutMs: 1_000_000,
    headersTimeoutMs: 1_000_000,
    keepAliveTimeoutMs: 1_000_000,
  }
}

function forgetful({ blocks, templates }: Connection): void {
  blocks.find = () => undefined
  templates.write = (encoder, list, out, at) => encoder.encode(list.fields, out, at, true, sensitiveByDefault)
}
