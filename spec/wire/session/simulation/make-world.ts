import { Holding } from '../../../../lib/wire/session/holding.ts'
import { createClientSession } from '../../../../lib/wire/session/client-session.ts'
import type { Port } from '../../../../lib/wire/session/port.ts'
import { ServerSession } from '../../../../lib/wire/session/server-session.ts'
import { window } from '../../../../lib/wire/session/window.ts'
import { Random } from '../../../http2/simulation/random.ts'
import { serve } from './handlers.ts'
import { Lane } from './lane.ts'
import { describeSim } from './methods.ts'
import { makePlan } from './plan.ts'
import { newRecord } from './record.ts'
import { VirtualClock } from './virtual-clock.ts'
import type { World } from './world.ts'

const windows = [
  { items: 1_024, bytes: 1_048_576 },
  { items: 16, bytes: 4_000 },
  { items: 4, bytes: 1_000_000 },
  { items: 3, bytes: 700 },
  { items: 1, bytes: 1 },
]

/** Makes the world of a seed. The size of the window is changed with it: both sides read it at each step. */
export function makeWorld(seed: number): World {
  const random = new Random(seed)
  const clock = new VirtualClock()
  const negotiated = random.chance(0.6)
  Object.assign(window, random.pick(windows))
  const large = random.chance(0.02)
  const most = large ? 3 * Math.min(window.items, 60) : random.pick([1, 3, 8])
  const size = random.pick([1, 30, 300])
  const count = random.pick([1, 2, 3, 6])
  const plans = Array.from({ length: count }, (_, index) => makePlan(random, index, most, size))
  const capacity = (): number => random.pick([1, 500, 3_000, 1_000_000])
  const up = new Lane(clock, capacity(), negotiated)
  const down = new Lane(clock, capacity(), negotiated)
  const waiting: (() => void)[] = []
  const port = portOf(up, down)
  const settings = { negotiated, maxMessageBytes: 1_048_576, maxDepth: 64, clock }
  const world: World = {
    random,
    clock,
    negotiated,
    up,
    down,
    client: createClientSession(port, {
      lookup: undefined,
      settings,
      holding: new Holding(port, clock),
    }),
    server: new ServerSession(portOf(down, up), {
      invoke: (call) => serve(world, call),
      describe: random.chance(0.5) ? describeSim : undefined,
      peer: { transport: 'simulation' },
      settings,
      onStuck: () => (world.stuck = true),
    }),
    records: plans.map(newRecord),
    waiting,
    pace: (pace) =>
      pace === 'turn' ? new Promise((resolve) => void waiting.push(resolve)) : clock.sleep(pace),
    running: 0,
    stuck: false,
    lost: false,
  }
  up.sender = down.receiver = world.client
  down.sender = up.receiver = world.server
  return world
}

/** What one side sends into a lane, and what it holds of the other. */
function portOf(out: Lane, into: Lane): Port {
  return { send: (text) => out.send(text), pause: () => into.pause(), resume: () => into.resume() }
}
