import { preface } from '../../../lib/http2/protocol.ts'
import { frameOctets, type Frame } from '../simulation/frames.ts'
import type { Random } from '../simulation/random.ts'
import { strays } from './conversations.ts'

/** A frame whose head may lie about its length. */
export interface DamagedFrame extends Frame {
  length?: number
}

const ids = [0, 1, 2, 3, 5, 7, 9, 11, 99, 0x7fff_ffff, 0x8000_0001]
const lengths = [0, 1, 4, 5, 6, 8, 9, 16_384, 16_385, 0xff_ffff]

/** Damages a good conversation: frames first, then perhaps single octets. */
export function damage(
  random: Random,
  frames: readonly Frame[],
  others: readonly Frame[],
  withPreface: boolean,
): Buffer {
  let list: DamagedFrame[] = frames.map((frame) => ({ ...frame }))
  if (random.chance(0.3)) list = list.slice(0, random.between(1, list.length))
  const times = random.pick([0, 1, 1, 1, 1, 2, 2, 3, 5])
  for (let i = 0; i < times; i++) damageFrames(random, list, others)
  const parts = list.map((frame) => frameOctets(frame, frame.length))
  if (withPreface) parts.unshift(preface)
  let octets: Buffer = Buffer.concat(parts)
  const flips = times === 0 || random.chance(0.1) ? random.pick([1, 1, 2, 5]) : 0
  for (let i = 0; i < flips; i++) octets = damageOctets(random, octets, withPreface)
  return octets
}

/** Damages one frame, or where it stands. */
export function damageFrames(random: Random, list: DamagedFrame[], others: readonly Frame[]): void {
  const at = random.below(list.length)
  const frame = list[at]
  if (!frame) return void list.push({ ...random.pick(strays) })
  switch (random.below(16)) {
    case 0:
      return void list.splice(at, 1)
    case 1:
      return void list.splice(random.below(list.length), 0, { ...frame })
    case 2:
      return void list.splice(random.below(list.length), 0, ...list.splice(at, random.between(1, 3)))
    case 3:
      frame.id = random.pick(ids)
      return
    case 4:
      if (random.chance(0.7)) return
      frame.length = random.chance(0.5)
        ? random.pick(lengths)
        : Math.max(0, frame.payload.length + random.between(-3, 3))
      return
    case 5:
      frame.flags ^= 1 << random.below(8)
      return
    case 6:
      frame.type = random.chance(0.8) ? random.below(11) : random.below(256)
      return
    case 7:
      return void list.splice(at, 0, ...some(random, others))
    case 8:
      if (random.chance(0.7)) return
      frame.payload = Buffer.concat([
        frame.payload.subarray(random.below(4)),
        Buffer.alloc(random.below(4), random.below(256)),
      ])
      return
    case 9:
      frame.payload = Buffer.from(frame.payload)
      if (frame.payload.length > 0) frame.payload[random.below(frame.payload.length)] = random.below(256)
      return
    case 10:
      // Too many of one kind.
      if (random.chance(0.1) && frame.payload.length < 1_000)
        list.splice(
          at,
          0,
          ...Array.from({ length: random.pick([20, 150, 400, 1_200]) }, () => ({ ...frame })),
        )
      return
    default:
      return void list.splice(random.below(list.length + 1), 0, {
        ...random.pick(strays),
        ...(random.chance(0.4) ? { id: random.pick(ids) } : {}),
      })
  }
}

// Copies: they may be damaged in their turn.
function some(random: Random, frames: readonly Frame[]): DamagedFrame[] {
  const from = random.below(frames.length)
  return frames.slice(from, from + random.between(1, 5)).map((frame) => ({ ...frame }))
}

function damageOctets(random: Random, octets: Buffer, withPreface: boolean): Buffer {
  if (octets.length === 0) return octets
  // The preface is damaged now and then only: nothing behind it would be read.
  const from = withPreface && octets.length > preface.length && random.chance(0.98) ? preface.length : 0
  const at = from + random.below(octets.length - from)
  const before = octets.subarray(0, at)
  const copy = Buffer.from(octets)
  switch (random.below(6)) {
    case 0:
    case 1:
      copy[at]! ^= 1 << random.below(8)
      return copy
    case 2:
      copy[at] = random.pick([0, 1, 0x7f, 0x80, 0xff])
      return copy
    case 3:
      return Buffer.concat([before, Buffer.from([random.below(256)]), octets.subarray(at)])
    case 4:
      return Buffer.concat([before, octets.subarray(at + random.between(1, 9))])
    default: {
      const piece = octets.subarray(at, at + random.between(1, 60))
      return Buffer.concat([before, piece, octets.subarray(at)])
    }
  }
}
