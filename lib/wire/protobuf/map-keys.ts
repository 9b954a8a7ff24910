import type { ProtoReader, ProtoWriter } from './library.ts'
import type { Scalar } from './model.ts'
import { refuse } from './refuse.ts'
import { is64 } from './scalars.ts'
import { writeDecimal64, writeInteger32 } from './writing.ts'

// Keys of maps that are no text. In JSON every key is: digits, `true` or `false`.

const digits = /^(0|-?[1-9]\d*)$/

/** Writes a map's key. */
export function writeMapKey(w: ProtoWriter, key: string, scalar: Scalar, where: string): void {
  if (scalar === 'bool') {
    if (key !== 'true' && key !== 'false')
      refuse(where, `has the key ${JSON.stringify(key)}, which must be "true" or "false"`)
    w.bool(key === 'true')
    return
  }
  const place = `${where}: the key ${JSON.stringify(key)}`
  if (!digits.test(key))
    refuse(where, `has the key ${JSON.stringify(key)}, which must be digits: it is a ${scalar}`)
  if (is64(scalar)) writeDecimal64(w, key, scalar, place)
  else writeInteger32(w, Number(key), scalar, place)
}

/** Reads a map's key. */
export function readMapKey(r: ProtoReader, scalar: Scalar): string {
  return String(r[scalar as 'int64']())
}
