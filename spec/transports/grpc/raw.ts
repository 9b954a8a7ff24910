import { HpackDecoder } from '../../../lib/http2/hpack/decoder.ts'
import {
  frame,
  preface,
  rawClient,
  settings,
  settingsAck,
  types,
  uint32,
  type Raw,
} from '../../http2/driver/raw.ts'
import { headers, literals } from '../../http2/rules/frames.ts'

/** A gRPC client that writes its frames by hand. */
export interface RawGrpc extends Raw {
  /** The fields of all header blocks of a stream, once it has ended or was reset; undefined where the connection ended first. */
  answer(id: number): Promise<Readonly<Record<string, string>> | undefined>
}

const endStream = 1

/** Connects and shakes hands. */
export async function rawGrpc(port: number): Promise<RawGrpc> {
  const raw = await rawClient(port, [preface, settings(), settingsAck])
  const decoder = new HpackDecoder(4096)
  let decoded = 0
  const fieldsOf = new Map<number, Record<string, string>>()
  // All blocks in order: they share a table.
  const decode = (): void => {
    for (; decoded < raw.frames.length; decoded++) {
      const { type, id, payload } = raw.frames[decoded]!
      if (type !== types.headers) continue
      const flat = decoder.decode(payload, 0, payload.length, 1e6, 1e4)!
      const fields = fieldsOf.get(id) ?? {}
      for (let i = 0; i < flat.length; i += 2) fields[flat[i]!] = flat[i + 1]!
      fieldsOf.set(id, fields)
    }
  }
  const ends = (id: number) => (one: { type: number; flags: number; id: number }) =>
    one.id === id &&
    (one.type === types.reset ||
      ((one.type === types.headers || one.type === types.data) && (one.flags & endStream) !== 0))
  return {
    ...raw,
    frames: raw.frames,
    async answer(id) {
      const last = await Promise.race([raw.until(ends(id)), raw.closed])
      decode()
      if (last === undefined) return undefined
      return fieldsOf.get(id) ?? { rst: String(last.payload.readUInt32BE(0)) }
    },
  }
}

const post = [':method', 'POST', ':scheme', 'http', ':authority', 'a']
const json = ['te', 'trailers', 'content-type', 'application/grpc+json']

/** HEADERS of a call. */
export function callFrame(id: number, path: string, more: readonly string[] = []): Buffer {
  return headers(id, [...post, ':path', path, ...json, ...more])
}

/** DATA. */
export const dataFrame = (id: number, octets: Uint8Array, end = false): Buffer =>
  frame(types.data, end ? endStream : 0, id, octets)

/** RST_STREAM with CANCEL. */
export const resetFrame = (id: number): Buffer => frame(types.reset, 0, id, uint32(8))

export { frame, literals, types, uint32 }
