import { DynamicTable, entryOverhead } from './dynamic-table.ts'
import { malformed, readInteger, type Cursor } from './integer.ts'
import { staticNames, staticSize, staticValues } from './static-table.ts'
import { readString } from './string-literal.ts'

// One for all decoders: a block is decoded in one go.
const cursor: Cursor = { start: 0, at: 0, end: 0 }

/** Decodes the header blocks of one connection, in the order in which they came. @see RFC 7541 §3.2, §6 */
export class HpackDecoder {
  /** Whether the last block referred to an entry of the dynamic table, be it for a name only. */
  usedDynamic = false
  /** Whether the last block held what changes the dynamic table: a literal to be indexed, a size update. */
  changed = false
  /** The names of the last block's fields that no hop may index (§6.2.3). */
  neverIndexed: string[] | undefined = undefined
  private readonly table: DynamicTable
  private maxTableSize: number
  // The smallest limit since the last block, when that is less than the peer's encoder uses; else -1.
  private required = -1

  /**
   * `maxTableSize` is the SETTINGS_HEADER_TABLE_SIZE that is in force from the first block on: 4096 until another one
   * was acknowledged.
   */
  constructor(maxTableSize: number) {
    this.maxTableSize = maxTableSize
    this.table = new DynamicTable(maxTableSize)
  }

  /** Counts the changes of the dynamic table: every insertion, eviction and resize. */
  get generation(): number {
    return this.table.generation
  }

  /** The octets in the dynamic table. @see RFC 7541 §4.1 */
  get tableSize(): number {
    return this.table.size
  }

  /** Whether the next block must begin with a size update: it may not be taken from a cache. */
  get updateRequired(): boolean {
    return this.required >= 0
  }

  /**
   * The limit that we announced was acknowledged. When it is below what the peer's encoder uses, the next block must
   * begin with a size update to the smallest limit since the last one, or below it.
   * @see RFC 7541 §4.2, RFC 9113 §4.3.1
   */
  setMaxTableSize(size: number): void {
    this.maxTableSize = size
    if (size >= this.table.limit) return
    if (this.required < 0 || size < this.required) this.required = size
  }

  /**
   * Decodes a whole header block, `buffer[start, end)`, into names and values by turns, a character for each octet.
   * Returns undefined for more than `maxFields` fields or more than `maxListSize` octets (RFC 9113 §6.5.2: name, value
   * and 32 for each field); the table is kept up to date even then. Throws HpackError for what is malformed; no other
   * block can be decoded after that.
   */
  // oxlint-disable-next-line max-params -- called for every block: an object would be garbage
  decode(
    buffer: Buffer,
    start: number,
    end: number,
    maxListSize: number,
    maxFields: number,
  ): string[] | undefined {
    const { table } = this
    const before = table.generation
    this.usedDynamic = false
    this.neverIndexed = undefined
    cursor.start = cursor.at = start
    cursor.end = end
    if (this.required >= 0 || (start < end && isUpdate(buffer[start]!))) this.readUpdates(buffer)

    const fields: string[] = []
    let room = maxListSize
    let places = maxFields
    while (cursor.at < end) {
      const octet = buffer[cursor.at]!
      let name: string
      let value: string
      if (octet >= 0x80) {
        const index = this.readIndex(buffer, 0x7f)
        if (index <= staticSize) {
          name = staticNames[index]!
          value = staticValues[index]!
        } else {
          name = table.nameAt(index)
          value = table.valueAt(index)
        }
      } else {
        if (isUpdate(octet)) throw malformed('a size update stands behind a field', cursor)
        name = this.readName(buffer, octet)
        value = readString(buffer, cursor)
        if (octet >= 0x40) table.insert(name, value)
        else if (octet >= 0x10) (this.neverIndexed ??= []).push(name)
      }
      room -= name.length + value.length + entryOverhead
      if (room >= 0 && --places >= 0) fields.push(name, value)
    }
    this.changed = table.generation !== before
    return room >= 0 && places >= 0 ? fields : undefined
  }

  private readName(buffer: Buffer, octet: number): string {
    const mask = octet >= 0x40 ? 0x3f : 0x0f
    if ((octet & mask) === 0) {
      cursor.at++
      return readString(buffer, cursor)
    }
    const index = this.readIndex(buffer, mask)
    return index <= staticSize ? staticNames[index]! : this.table.nameAt(index)
  }

  private readIndex(buffer: Buffer, mask: number): number {
    const from = cursor.at
    const index = readInteger(buffer, cursor, mask)
    if (index > staticSize) {
      if (index > staticSize + this.table.count) {
        const known = `${staticSize} static and ${this.table.count} dynamic entries`
        throw malformed(`index ${index} is beyond the ${known}`, cursor, from)
      }
      this.usedDynamic = true
    } else if (index === 0) throw malformed('index 0 is no entry', cursor, from)
    return index
  }

  // Size updates (§6.3) stand at the block's beginning only.
  private readUpdates(buffer: Buffer): void {
    let first = true
    while (cursor.at < cursor.end && isUpdate(buffer[cursor.at]!)) {
      const from = cursor.at
      const size = readInteger(buffer, cursor, 0x1f)
      const limit = first && this.required >= 0 ? this.required : this.maxTableSize
      if (size > limit)
        throw malformed(`a size update to ${size} is above the limit of ${limit}`, cursor, from)
      this.table.resize(size)
      first = false
    }
    if (first) throw malformed(`a size update to ${this.required} or less is missing`, cursor)
    this.required = -1
  }
}

function isUpdate(octet: number): boolean {
  return (octet & 0xe0) === 0x20
}
