// The few shapes of protobuf that the protocol itself needs (google.rpc.Status); messages of methods have a real library.

/** A field as it was read: a number for varints and fixed-width ones, bytes for the rest. */
export interface ProtoField {
  readonly number: number
  readonly bytes: Buffer | undefined
  readonly value: number
}

/** Writes an unsigned number below 2^53 as a varint. */
function varint(value: number): Buffer {
  const octets: number[] = []
  let rest = value
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) octets.push((rest % 128) | 0x80)
  octets.push(rest)
  return Buffer.from(octets)
}

/** A field that is a number. */
export function varintField(number: number, value: number): Buffer {
  return Buffer.concat([varint(number * 8), varint(value)])
}

/** A field that is a double. */
export function doubleField(number: number, value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleLE(value)
  return Buffer.concat([varint(number * 8 + 1), bytes])
}

/** A field that is text, bytes or a message. */
export function bytesField(number: number, value: string | Uint8Array): Buffer {
  const bytes = typeof value === 'string' ? Buffer.from(value) : value
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes])
}

/** Reads the fields of a message, one after the other; throws a RangeError where the bytes are none. */
export function* protoFields(bytes: Buffer): Generator<ProtoField, void, undefined> {
  let at = 0
  const readVarint = (): number => {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      const octet = bytes[at++]
      if (octet === undefined || scale > 2 ** 63) throw new RangeError('a number ends too early, or never')
      value += (octet & 0x7f) * scale
      if (octet < 0x80) return value
    }
  }
  const take = (size: number): Buffer => {
    if (at + size > bytes.length) throw new RangeError('a field is longer than its message')
    at += size
    return bytes.subarray(at - size, at)
  }
  while (at < bytes.length) {
    const tag = readVarint()
    const number = Math.floor(tag / 8)
    const wireType = tag % 8
    if (wireType === 0) yield { number, bytes: undefined, value: readVarint() }
    else if (wireType === 1) yield { number, bytes: undefined, value: take(8).readDoubleLE() }
    else if (wireType === 2) yield { number, bytes: take(readVarint()), value: 0 }
    else if (wireType === 5) yield { number, bytes: undefined, value: take(4).readFloatLE() }
    else throw new RangeError(`a field of wire type ${wireType}`)
  }
}
