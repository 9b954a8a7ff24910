import { entryOverhead } from './dynamic-table.ts'
import { EncoderTable } from './encoder-table.ts'
import { maxIntegerOctets, writeInteger } from './integer.ts'
import { knownNames, type KnownName } from './known-names.ts'
import { isWide } from './latin1.ts'
import { writeString } from './string-literal.ts'

const defaultTableSize = 4096

// Representations: the bits that say which (§6), and the mask of the integer behind them.
const indexed = 0x80
const indexedMask = 0x7f
const literalIndexed = 0x40
const literalIndexedMask = 0x3f
const literalPlain = 0x00
const literalNever = 0x10
const literalMask = 0x0f
const sizeUpdate = 0x20
const sizeUpdateMask = 0x1f

// What goes into the table is coded once and sent often: always the shorter form. The rest is coded for every message,
// and measured, Huffman costs this side 8 ns a character and the other side 3, where copying costs half of one: in short
// values that is more than the fifth of their octets is worth.
const huffmanFromWhenIndexing = 0
const huffmanFromOtherwise = 128

// The methods of a service are few and short; a longer path, or one with a query, mostly holds what is asked for.
const longestIndexedPath = 64

// A field's integers: the name's index, or an octet and the name's length; the value's length.
const fieldOverhead = 1 + 2 * maxIntegerOctets

/** Encodes the header blocks of one connection, in the order in which they are sent. @see RFC 7541 §3.1, §6 */
export class HpackEncoder {
  private readonly table: EncoderTable
  private readonly limit: number
  private peerLimit = defaultTableSize
  // The smallest limit since the last block; -1 when it has not changed.
  private smallest = -1

  /** `limit` is what we are willing to use, in octets, whatever the peer offers. */
  constructor(limit: number = defaultTableSize) {
    this.limit = limit
    this.table = new EncoderTable(Math.min(limit, defaultTableSize))
    // The peer counts on its own setting until it is told otherwise.
    if (limit < defaultTableSize) this.smallest = limit
  }

  /** Counts the changes of the dynamic table: every insertion, eviction and resize. */
  get generation(): number {
    return this.table.generation
  }

  /** The octets in the dynamic table. @see RFC 7541 §4.1 */
  get tableSize(): number {
    return this.table.size
  }

  /** Whether the next block begins with a size update, which makes it no template for others. */
  get updatePending(): boolean {
    return this.smallest >= 0
  }

  /**
   * The peer's SETTINGS_HEADER_TABLE_SIZE: the next block begins with the smallest limit since the last one, then with
   * the one that holds now. The table changes at once.
   * @see RFC 7541 §4.2, RFC 9113 §4.3.1
   */
  setPeerTableSize(size: number): void {
    const limit = Math.min(this.limit, size)
    // A peer that takes back some of its limit may wait for an update even if we use less.
    const told = limit === this.table.limit && size >= this.peerLimit
    this.peerLimit = size
    if (told) return
    if (this.smallest < 0 || limit < this.smallest) this.smallest = limit
    this.table.resize(limit)
  }

  /** The most octets that encode() writes for these fields, updates included. */
  bound(fields: readonly string[]): number {
    let octets = 2 * maxIntegerOctets
    for (let i = 0; i + 1 < fields.length; i += 2) {
      octets += fields[i]!.length + fields[i + 1]!.length + fieldOverhead
    }
    return octets
  }

  /**
   * Writes a block from `at` on, where bound() octets have room, and returns the offset behind it. With `index`, fields
   * that may come again are put into the table; without, the table stays as it is, and the generation too. A name in
   * `sensitive` is written as a literal that no hop may index (§7.1.3). Throws TypeError when a character is no octet
   * (above U+00FF); then nothing has changed.
   */
  // oxlint-disable-next-line max-params -- called for every block: an object would be garbage
  encode(
    fields: readonly string[],
    out: Buffer,
    at: number,
    index: boolean,
    sensitive?: ReadonlySet<string>,
  ): number {
    // Before anything is inserted: the block would not be sent, and the peer's table would be another one.
    if (index) refuseWide(fields)
    const huffmanFrom = index ? huffmanFromWhenIndexing : huffmanFromOtherwise
    const { table } = this
    if (this.smallest >= 0) at = this.writeUpdates(out, at)
    for (let i = 0; i + 1 < fields.length; i += 2) {
      const name = fields[i]!
      const value = fields[i + 1]!
      const never = sensitive !== undefined && sensitive.has(name)
      const known = knownNames.get(name)
      let nameIndex = 0
      if (known !== undefined) {
        nameIndex = known.index
        const exact = never ? 0 : known.find(value)
        if (exact > 0) {
          out[at++] = indexed | exact
          continue
        }
      }
      const entries = table.named(name)
      if (entries !== undefined) {
        const exact = never ? -1 : entries.find(value)
        if (exact >= 0) {
          at = writeInteger(out, at, indexed, indexedMask, table.indexOf(exact))
          continue
        }
        if (nameIndex === 0) nameIndex = table.indexOf(entries.newest)
      }
      const insert = index && !never && isWorthIndexing(name, value, known, table.limit)
      if (insert) at = writeInteger(out, at, literalIndexed, literalIndexedMask, nameIndex)
      else at = writeInteger(out, at, never ? literalNever : literalPlain, literalMask, nameIndex)
      if (nameIndex === 0) at = writeString(name, out, at, huffmanFrom)
      if (at >= 0) at = writeString(value, out, at, huffmanFrom)
      if (at < 0) throw noOctets(name)
      if (insert) table.insert(name, value)
    }
    this.smallest = -1
    return at
  }

  private writeUpdates(out: Buffer, at: number): number {
    const { limit } = this.table
    if (this.smallest < limit) at = writeInteger(out, at, sizeUpdate, sizeUpdateMask, this.smallest)
    return writeInteger(out, at, sizeUpdate, sizeUpdateMask, limit)
  }
}

function isWorthIndexing(name: string, value: string, known: KnownName | undefined, limit: number): boolean {
  if (known?.varies) return false
  // What takes most of the table would push everything else out.
  if (name.length + value.length + entryOverhead > limit * 0.75) return false
  return name !== ':path' || (value.length <= longestIndexedPath && !value.includes('?'))
}

function refuseWide(fields: readonly string[]): void {
  for (let i = 0; i + 1 < fields.length; i += 2) {
    if (isWide(fields[i]!) || isWide(fields[i + 1]!)) throw noOctets(fields[i]!)
  }
}

function noOctets(name: string): TypeError {
  return new TypeError(`the field ${JSON.stringify(name)} has a character above U+00FF, which is no octet`)
}
