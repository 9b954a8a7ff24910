import type { MethodKind } from '../../../../lib/core/kind.ts'
import type { Random } from '../../../http2/simulation/random.ts'

/** How long a side takes for each of its steps: a turn of its own, or so many ms. */
export type Pace = 'turn' | number

/** Sizes of the items of a stream. */
export type Sizes = readonly number[]

/** One call, decided beforehand. */
export interface Plan {
  readonly index: number
  readonly kind: MethodKind
  /** Whether the client knows the method. */
  readonly knowsKind: boolean
  /** Sizes of what the client sends; one where one message is due. */
  readonly input: Sizes
  readonly output: Sizes
  /** A two-way method that answers each item by one. */
  readonly echoes: boolean
  /** All items are there at once, in an array. */
  readonly sendsArray: boolean
  readonly startMs: number
  readonly timeoutMs: number | undefined
  readonly cancelMs: number | undefined
  /** The client leaves behind so many items. */
  readonly leaveAfter: number
  /** The client's own messages fail behind so many. */
  readonly sendFailsAfter: number
  /** The handler reads so many items and no more. */
  readonly readsAtMost: number
  /** The handler throws behind so many items of its input (or output, where it gives a stream); -1 is before all. */
  readonly failsAfter: number | undefined
  /** The server ends the call by itself behind so many ms. */
  readonly abortMs: number | undefined
  /** The handler waits to be cancelled. */
  readonly hangs: boolean
  readonly sendPace: Pace
  readonly readPace: Pace
  readonly handlerReadPace: Pace
  readonly handlerPace: Pace
}

const kinds: readonly MethodKind[] = ['unary', 'serverStream', 'clientStream', 'bidiStream']
const never = Number.POSITIVE_INFINITY

/** Decides on one call. `most` is about the number of items, `size` about that of an item. */
export function makePlan(random: Random, index: number, most: number, size: number): Plan {
  const kind = random.pick(kinds)
  const input = sizesOf(random, kind === 'clientStream' || kind === 'bidiStream' ? most : 0, size)
  const output = sizesOf(random, kind === 'serverStream' || kind === 'bidiStream' ? most : 0, size)
  const trouble = random.chance(0.4)
  const hangs = trouble && random.chance(0.1)
  const timeoutMs = (trouble && random.chance(0.25)) || hangs ? random.below(20_000) : undefined
  const some = (): number => random.below(most + 1)
  return {
    index,
    kind,
    knowsKind: random.chance(0.7),
    input,
    output,
    echoes: kind === 'bidiStream' && random.chance(0.4),
    sendsArray: random.chance(0.2),
    startMs: random.chance(0.5) ? 0 : random.below(2_000),
    timeoutMs,
    cancelMs: trouble && random.chance(0.25) ? random.below(5_000) : undefined,
    leaveAfter: trouble && random.chance(0.25) ? some() : never,
    sendFailsAfter: trouble && random.chance(0.15) ? some() : never,
    readsAtMost: random.chance(0.15) ? some() : never,
    failsAfter: trouble && random.chance(0.4) ? some() - 1 : undefined,
    abortMs: trouble && random.chance(0.25) ? random.below(3_000) : undefined,
    hangs,
    sendPace: paceOf(random),
    readPace: paceOf(random),
    handlerReadPace: paceOf(random),
    handlerPace: paceOf(random),
  }
}

function sizesOf(random: Random, most: number, size: number): Sizes {
  if (most === 0) return [random.below(size)]
  const count = random.chance(0.15) ? 0 : random.below(most + 1)
  return Array.from({ length: count }, () => random.below(random.chance(0.1) ? 4 * size : size))
}

function paceOf(random: Random): Pace {
  return random.chance(0.75) ? 'turn' : random.pick([1, 50, 700, 4_000])
}

/** A message: whose it is, which, and something of its size, not all of it ASCII. */
export interface Item {
  readonly call: number
  readonly n: number
  readonly pad: string
}

/** The item that stands at a place of a stream. */
export function itemOf(call: number, n: number, size: number): Item {
  return { call, n, pad: size % 7 === 0 ? 'é漢'.repeat(size / 4) : 'x'.repeat(size) }
}

/** Throws for an item that is another than is due. */
export function assertItem(item: unknown, call: number, n: number, sizes: Sizes): void {
  const { call: itsCall, n: itsN, pad } = item as Item
  const due = sizes[n]
  const fine = due !== undefined && itsCall === call && itsN === n && pad === itemOf(call, n, due).pad
  if (!fine) throw new Error(`item ${n} is due, and item ${itsN} of call ${itsCall} came`)
}
