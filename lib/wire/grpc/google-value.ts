import { bytesField, doubleField, protoFields, varintField } from './proto-bytes.ts'

/** As deep as JSON may be nested on its way in. */
const maxDepth = 64

/** Writes JSON as a google.protobuf.Value. @see https://protobuf.dev/reference/protobuf/google.protobuf/#value */
export function encodeValue(json: unknown): Buffer {
  switch (typeof json) {
    case 'number':
      return doubleField(2, json)
    case 'string':
      return bytesField(3, json)
    case 'boolean':
      return varintField(4, json ? 1 : 0)
    case 'object':
      if (json === null) break
      if (Array.isArray(json))
        return bytesField(6, Buffer.concat(json.map((item) => bytesField(1, encodeValue(item)))))
      return bytesField(5, encodeStruct(json as Record<string, unknown>))
    default:
  }
  return varintField(1, 0)
}

/** Writes a JSON object as a google.protobuf.Struct. */
export function encodeStruct(json: Readonly<Record<string, unknown>>): Buffer {
  const entries = Object.entries(json).filter(([, value]) => value !== undefined)
  return Buffer.concat(
    entries.map(([key, value]) =>
      bytesField(1, Buffer.concat([bytesField(1, key), bytesField(2, encodeValue(value))])),
    ),
  )
}

/** Reads a google.protobuf.Value; throws a RangeError where the bytes are none, or are nested too deep. */
export function decodeValue(bytes: Buffer, depth = 0): unknown {
  if (depth >= maxDepth + 1) throw new RangeError('a google.protobuf.Value is nested too deep')
  let json: unknown = null
  for (const { number, bytes: inner, value } of protoFields(bytes)) {
    if (number === 1) json = null
    else if (number === 2) json = value
    else if (number === 4) json = value !== 0
    else if (inner === undefined) continue
    else if (number === 3) json = inner.toString()
    else if (number === 5) json = decodeStruct(inner, depth)
    else if (number === 6) json = decodeList(inner, depth)
  }
  return json
}

/** Reads a google.protobuf.Struct. */
export function decodeStruct(bytes: Buffer, depth = 0): Record<string, unknown> {
  const entries: [string, unknown][] = []
  for (const { number, bytes: entry } of protoFields(bytes)) {
    if (number !== 1 || entry === undefined) continue
    let key = ''
    let value: unknown = null
    for (const field of protoFields(entry)) {
      if (field.bytes === undefined) continue
      if (field.number === 1) key = field.bytes.toString()
      else if (field.number === 2) value = decodeValue(field.bytes, depth + 1)
    }
    entries.push([key, value])
  }
  // fromEntries defines properties: a key `__proto__` is a key like any other.
  return Object.fromEntries(entries)
}

function decodeList(bytes: Buffer, depth: number): unknown[] {
  const items: unknown[] = []
  for (const { number, bytes: item } of protoFields(bytes))
    if (number === 1 && item !== undefined) items.push(decodeValue(item, depth + 1))
  return items
}
