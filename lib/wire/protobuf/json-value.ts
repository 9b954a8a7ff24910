import { toBase64 } from '../../core/base64.ts'
import { isDict, type Dict } from '../../core/schema/pick.ts'
import type { ProtoReader, ProtoWriter } from './library.ts'
import { cut, enter, skip, text, tooDeep } from './reading.ts'
import { putKey, refuse, told } from './refuse.ts'
import { writeText } from './writing.ts'

// google.protobuf.Value, Struct and ListValue: JSON, written down in protobuf.

/** Writes any JSON as a Value's fields. */
export function writeValue(w: ProtoWriter, value: unknown, where: string): void {
  if (value === null) w.uint32(8).uint32(0)
  else if (typeof value === 'number') {
    if (!Number.isFinite(value)) refuse(where, `holds ${value}, which JSON does not have`)
    w.uint32(17).double(value)
  } else if (typeof value === 'string') writeText(w.uint32(26), value)
  else if (typeof value === 'boolean') w.uint32(32).bool(value)
  else if (value instanceof Uint8Array) w.uint32(26).string(toBase64(value))
  else if (Array.isArray(value)) {
    w.uint32(50).fork()
    writeList(w, value, where)
    w.ldelim()
  } else if (isDict(value)) {
    w.uint32(42).fork()
    writeStruct(w, value, where)
    w.ldelim()
  } else refuse(where, `holds ${told(value)}, which JSON does not have`)
}

/** Writes an object as a Struct's fields. */
export function writeStruct(w: ProtoWriter, value: unknown, where: string): void {
  if (!isDict(value)) refuse(where, `must be an object, not ${told(value)}`)
  for (const key of Object.keys(value)) {
    // As JSON.stringify does.
    if (value[key] === undefined) continue
    writeText(w.uint32(10).fork().uint32(10), key)
    w.uint32(18).fork()
    writeValue(w, value[key], where)
    w.ldelim().ldelim()
  }
}

/** Writes a list as a ListValue's fields. */
export function writeList(w: ProtoWriter, value: unknown, where: string): void {
  if (!Array.isArray(value)) refuse(where, `must be a list, not ${told(value)}`)
  for (const item of value) {
    w.uint32(10).fork()
    writeValue(w, item ?? null, where)
    w.ldelim()
  }
}

/** Reads a Value. */
export function readValue(r: ProtoReader, end: number, depth: number): unknown {
  const outer = r.len
  r.len = end
  let value: unknown = null
  while (r.pos < end) {
    const tag = r.tag()
    if (tag === 8) {
      r.int32()
      value = null
    } else if (tag === 17) value = finite(r.double())
    else if (tag === 26) value = text(r)
    else if (tag === 32) value = r.bool()
    else if (tag === 42) value = readStruct(r, enter(r), depth)
    else if (tag === 50) value = readList(r, enter(r), depth)
    else skip(r, tag)
  }
  if (r.pos !== end) cut()
  r.len = outer
  return value
}

/** Reads a Struct. */
export function readStruct(r: ProtoReader, end: number, depth: number): Dict {
  if (depth <= 0) tooDeep()
  const outer = r.len
  r.len = end
  const value: Dict = {}
  while (r.pos < end) {
    const tag = r.tag()
    if (tag === 10) readEntry(r, value, depth - 1)
    else skip(r, tag)
  }
  if (r.pos !== end) cut()
  r.len = outer
  return value
}

function readEntry(r: ProtoReader, into: Dict, depth: number): void {
  const outer = r.len
  const end = enter(r)
  r.len = end
  let key = ''
  let value: unknown = null
  while (r.pos < end) {
    const tag = r.tag()
    if (tag === 10) key = text(r)
    else if (tag === 18) value = readValue(r, enter(r), depth)
    else skip(r, tag)
  }
  if (r.pos !== end) cut()
  r.len = outer
  putKey(into, key, value)
}

/** Reads a ListValue. */
export function readList(r: ProtoReader, end: number, depth: number): unknown[] {
  if (depth <= 0) tooDeep()
  const outer = r.len
  r.len = end
  const value: unknown[] = []
  while (r.pos < end) {
    const tag = r.tag()
    if (tag === 10) value.push(readValue(r, enter(r), depth - 1))
    else skip(r, tag)
  }
  if (r.pos !== end) cut()
  r.len = outer
  return value
}

function finite(value: number): number {
  return Number.isFinite(value) ? value : refuse('protobuf', `holds ${value}, which JSON does not have`)
}
