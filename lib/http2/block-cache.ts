import type { HeaderBlock } from './header-block.ts'

/** Where a block stands in a buffer. */
export interface BlockOctets {
  readonly buffer: Buffer
  readonly start: number
  readonly end: number
}

interface Slot {
  readonly octets: Buffer
  readonly block: HeaderBlock
  /** The table's generation that the octets refer to; -1 where they refer to no dynamic entry. */
  readonly generation: number
}

const slots = 64
/** Longer blocks are not worth their place: they hold what differs from call to call. */
const longest = 512

/** Blocks that came before, by their octets: clients send the same ones again and again. */
export class BlockCache {
  private readonly slots: (Slot | undefined)[] = []

  /** The block that these octets stand for, if they came before and still mean the same. */
  find(buffer: Buffer, start: number, end: number, generation: number): HeaderBlock | undefined {
    const slot = this.slots[hash(buffer, start, end)]
    if (slot === undefined || (slot.generation >= 0 && slot.generation !== generation)) return undefined
    const { octets } = slot
    if (octets.length !== end - start) return undefined
    for (let i = 0, at = start; at < end; i++, at++) if (octets[i] !== buffer[at]) return undefined
    return slot.block
  }

  /** Keeps a block whose decoding changed nothing in the table. Secrets stay out: a cache can be probed by its speed. */
  keep({ buffer, start, end }: BlockOctets, block: HeaderBlock, generation: number): void {
    if (end - start > longest || block.neverIndexed !== undefined || holdsSecret(block)) return
    // Not from the shared pool: a small slice would hold a large slab.
    const octets = Buffer.allocUnsafeSlow(end - start)
    buffer.copy(octets, 0, start, end)
    // Filled as it is needed: an idle connection has none.
    while (this.slots.length < slots) this.slots.push(undefined)
    this.slots[hash(buffer, start, end)] = { octets, block, generation }
  }
}

function hash(buffer: Buffer, start: number, end: number): number {
  let value = end - start
  for (let i = start; i < end; i++) value = (Math.imul(value, 31) + buffer[i]!) | 0
  return (value ^ (value >>> 15)) & (slots - 1)
}

function holdsSecret({ fields }: HeaderBlock): boolean {
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i]!
    if (
      name === 'authorization' ||
      name === 'cookie' ||
      name === 'set-cookie' ||
      name === 'proxy-authorization'
    )
      return true
  }
  return false
}
