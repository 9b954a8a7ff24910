import type { Http2Options } from '../../../lib/http2/options.ts'
import { complaint, type Circumstances } from './explain.ts'
import { checkEmpty, checkTables, checkWindows } from './invariants.ts'
import { lastPlan } from './plan.ts'
import type { Random } from './random.ts'
import type { Side } from './side.ts'
import { makeWorld, type World } from './world.ts'

/** What came out of one seed; the same with and without caches. */
export interface Outcome {
  /** Every event that an application heard. */
  readonly trace: readonly string[]
  /** Of the octets that each side wrote. */
  readonly digests: readonly string[]
  readonly tables: readonly string[]
}

/** So many turns in which nothing arrives and nobody hears anything mean that nothing ever will. */
const deadlock = 20_000

/** Plays a seed to its end. Throws what does not hold. */
export function simulate(seed: number, { caches }: { readonly caches: boolean }): Outcome {
  const world = makeWorld(seed, caches)
  return new Play(world).run()
}

class Play {
  private readonly world: World
  private readonly sides: readonly Side[]
  private circumstances: Circumstances = { ending: undefined, limitLowered: false }
  private turns = 0
  private progress = 0
  private progressAt = 0
  private updates = 12
  private pings = 12
  private ticked = 0
  /** Limits stay as they are, so that what is pending can be told. */
  private calm = false
  private tables: string[] = []

  constructor(world: World) {
    this.world = world
    this.sides = [world.client, world.server]
  }

  run(): Outcome {
    const { world, sides } = this
    const { random, up, down } = world
    for (const { connection } of sides) connection.start()
    const early = random.chance(0.3)
    const stop = early ? random.below(600) : Number.POSITIVE_INFINITY
    const pause = random.below(400)
    while (!this.isDone() && this.turns < stop) {
      this.turn()
      if (this.turns === pause) this.checkpoint()
    }
    if (!early || this.isDone()) this.settle()
    this.end()
    while (!this.isQuiet()) this.turn()
    this.checkEnd()
    return { trace: world.trace, digests: [up.digest(), down.digest()], tables: this.tables }
  }

  /** Everybody has done what there was to do. */
  private isDone(): boolean {
    const { client } = this.world
    return (
      client.plans.length === 0 && this.isQuiet() && this.sides.every((side) => side.ready().length === 0)
    )
  }

  /** Nothing is on its way. */
  private isQuiet(): boolean {
    const { up, down } = this.world
    return up.idle && down.idle && !up.awake && !down.awake
  }

  private turn(): void {
    const { world } = this
    const progress = world.trace.length + world.up.arrived + world.down.arrived
    if (progress !== this.progress) this.progressAt = this.turns
    this.progress = progress
    if (++this.turns - this.progressAt > deadlock) throw new Error(`nothing moves any more: ${this.state()}`)
    const { random, up, down, clock, client, server } = world
    clock.now += random.below(3)
    const lane = random.chance(0.5) ? up : down
    switch (random.below(8)) {
      case 0:
      case 1:
        if (lane.canTake) lane.take()
        break
      case 2:
      case 3:
        if (lane.canDeliver) lane.deliver()
        break
      case 4:
        this.flush(lane)
        break
      case 5:
        if (!client.frozen) client.open()
        break
      case 6:
        if (!client.frozen) (random.chance(0.5) ? client : server).act()
        break
      default:
        if (!client.frozen) this.disturb(random.pick(this.sides))
    }
    if (clock.now - this.ticked > 1_000) {
      this.ticked = clock.now
      for (const { connection } of this.sides) connection.tick(clock.now)
    }
    for (const { faults, role } of this.sides)
      if (faults.length > 0) throw new Error(`a fault of the ${role}`, { cause: faults[0] })
    if (this.circumstances.ending) return
    for (const { connection, closeError, role } of this.sides)
      if (connection.closed) throw new Error(`the ${role}'s connection is closed: ${closeError?.message}`)
  }

  private flush(lane: World['up']): void {
    if (!lane.awake) return
    lane.awake = false
    lane.sender.flush()
  }

  /** Something that changes the connection. */
  private disturb({ connection, role }: Side): void {
    const { random, scale } = this.world
    if (random.chance(0.9) || connection.closed || this.calm) return
    if (random.chance(0.5)) {
      if (this.pings-- > 0) connection.ping(() => {})
      return
    }
    if (this.updates-- <= 0) return
    const { maxConcurrentStreams: before } = connection.settings
    const change = randomChange(random, scale)
    connection.update(change)
    if (role === 'server' && connection.settings.maxConcurrentStreams < before)
      this.circumstances = { ...this.circumstances, limitLowered: true }
  }

  /** Nothing new is begun, everything is consumed: then the windows must be whole, with streams open too. */
  private checkpoint(): void {
    const { up, down } = this.world
    for (const side of this.sides) {
      side.frozen = true
      for (const party of side.parties) if (party.owed > 0) side.consumeSome(party, party.owed)
    }
    while (!this.isQuiet()) this.turn()
    checkWindows(up, 'at a pause, upwards')
    checkWindows(down, 'at a pause, downwards')
    for (const side of this.sides) side.frozen = false
  }

  /** All exchanges are over: no trace of them may be left. */
  private settle(): void {
    const { client, up, down } = this.world
    this.calm = true
    while (!this.isDone()) this.turn()
    // Size updates that are due go out with the next header block.
    client.plans.push(lastPlan(client.attempts.size))
    while (!this.isDone()) this.turn()
    this.checkpoint()
    for (const { connection, role } of this.sides) checkEmpty(connection, `at the end, ${role}`)
    this.tables = [checkTables(up, 'upwards'), checkTables(down, 'downwards')]
  }

  private end(): void {
    const { random, client, server } = this.world
    const side = random.pick([client, server])
    const how = random.pick(['shutdown', 'shutdown', 'shutdown', 'destroy', 'lost'] as const)
    this.circumstances = { ...this.circumstances, ending: how }
    side.note(`ends by ${how}`)
    if (how === 'shutdown') {
      side.connection.shutdown()
      while (!this.sides.every(({ connection }) => connection.closed)) this.turn()
    } else if (how === 'destroy') side.connection.destroy('CANCEL', 'the simulation ends')
    else for (const { connection } of this.sides) connection.lost()
  }

  private checkEnd(): void {
    const { circumstances } = this
    for (const { connection, parties, role, closes, closeError } of this.sides) {
      if (closes !== 1) throw new Error(`the ${role}'s connection was closed ${closes} times`)
      if (circumstances.ending === 'shutdown' && closeError)
        throw new Error(`the ${role} ends with ${closeError.message}`)
      checkEmpty(connection, `closed, ${role}`)
      for (const party of parties) {
        const problem = complaint(party, circumstances)
        if (problem) throw new Error(`${party.name}: ${problem}`)
      }
    }
  }

  private state(): string {
    const { up, down } = this.world
    const lines = [up, down].map((lane) => `${lane.sender.isServer ? 'down' : 'up'}: ${lane.state()}`)
    for (const { connection, parties, role } of this.sides) {
      lines.push(
        `${role}: window ${connection.sendWindow}, to give ${connection.credit}, ${connection.waiting.size} wait`,
      )
      for (const { stream, closes, name, steps, owed, waitsForDrain, got } of parties) {
        if (closes > 0) continue
        const { sendWindow, receiveWindow, credit, held, queued, localEnded, remoteEnded } = stream
        const facts = { sendWindow, receiveWindow, credit, held, queued, localEnded, remoteEnded }
        lines.push(
          `${name}: ${JSON.stringify({ ...facts, steps: steps.length, owed, waitsForDrain, ended: got.ended })}`,
        )
      }
    }
    return lines.join('\n')
  }
}

function randomChange(
  random: Random,
  scale: number,
): Pick<Http2Options, 'maxConcurrentStreams' | 'streamWindow' | 'headerTableSize'> {
  const least = Math.ceil(scale / 20)
  return random.pick([
    { streamWindow: random.pick([least, 3 * least, 3_000 + least, 65_535, 200_000]) },
    { headerTableSize: random.pick([0, 50, 300, 4_096, 20_000]) },
    { maxConcurrentStreams: random.pick([1, 3, 50]) },
    { headerTableSize: random.pick([0, 4_096]), streamWindow: random.pick([1_000 + least, 1_048_576]) },
  ])
}
