import { RpcError } from '../../../../lib/core/errors.ts'
import { makeCall } from './callers.ts'
import { complaint } from './check.ts'
import { makeWorld } from './make-world.ts'
import type { World } from './world.ts'

/** So many steps are more than any seed needs. */
const tooMany = 100_000

/** Plays a seed to its end. Rejects with what does not hold. */
export async function simulate(seed: number): Promise<void> {
  const world = makeWorld(seed)
  const { random, records } = world
  const calls = records.map((record) => makeCall(world, record))
  const loseAt = random.chance(0.15) ? random.below(150) : undefined
  // Some worlds are slow: there time runs while little happens.
  const hurry = random.pick([0, 5, 200])
  await play(world, hurry, loseAt)
  // Who knows no cancellation leaves the server with calls that nobody waits for.
  const orphans = world.negotiated
    ? 0
    : records.filter(({ error, left }) => error !== undefined || left).length
  if (!world.lost) checkQuiet(world, orphans)
  if (!world.lost) lose(world)
  world.lost = true
  await play(world, 0, undefined)
  checkQuiet(world, 0)
  await Promise.all(calls)
  for (const record of records) {
    const wrong = complaint(world, record)
    if (wrong !== undefined)
      throw new Error(`call ${record.plan.index}: ${wrong} ${JSON.stringify({ ...record, lifetimes: 0 })}`)
  }
}

/** Until nothing can happen any more. */
async function play(world: World, hurry: number, loseAt: number | undefined): Promise<void> {
  const { random, clock } = world
  for (let step = 0; step < tooMany; step++) {
    if (step === loseAt) lose(world)
    if (!act(world)) {
      // All promises first.
      await new Promise((resolve) => setImmediate(resolve))
      if (!act(world) && !clock.leap()) return
    }
    for (let ticks = random.below(4); ticks > 0; ticks--) await Promise.resolve()
    if (hurry > 0) clock.pass(random.below(hurry))
    const fault = world.up.fault ?? world.down.fault
    if (fault !== undefined) throw new Error(fault)
  }
  throw new Error('it does not come to an end')
}

/** Does one thing that can be done; false where nothing can. */
function act({ random, up, down, waiting }: World): boolean {
  const first = random.below(5)
  for (let i = 0; i < 5; i++) {
    switch ((first + i) % 5) {
      case 0:
        if (up.canDeliver) return (up.deliver(random.between(1, 5)), true)
        break
      case 1:
        if (down.canDeliver) return (down.deliver(random.between(1, 5)), true)
        break
      case 2:
        if (up.canDrain) return (up.drain(), true)
        break
      case 3:
        if (down.canDrain) return (down.drain(), true)
        break
      default:
        if (waiting.length > 0) return (waiting.splice(random.below(waiting.length), 1)[0]!(), true)
    }
  }
  return false
}

function lose(world: World): void {
  world.lost = true
  world.up.cut()
  world.down.cut()
  world.client.lost(new RpcError('UNAVAILABLE', 'the port is lost'))
  world.server.lost()
}

/** Nothing is left, but for calls of those who could not say that they have gone. */
function checkQuiet({ client, server, up, down, clock, running }: World, orphans: number): void {
  if (client.size > 0) throw new Error(`the client has ${client.size} calls left`)
  if (server.size > orphans) throw new Error(`the server has ${server.size} calls left, ${orphans} orphans`)
  if (running > orphans) throw new Error(`${running} handlers are left, ${orphans} orphans`)
  if (clock.armed > 0) throw new Error(`${clock.armed} timers are armed`)
  if (up.queue.length + down.queue.length > 0) throw new Error('envelopes are left on their way')
  if (up.isPaused || down.isPaused) throw new Error('a port is paused for nobody')
}
