import { constants, gunzipSync, gzipSync } from 'node:zlib'
import { RpcError } from '../../core/errors.ts'
import { tooLarge } from '../../wire/too-large.ts'

/** Between a peer that waits and a line that is full: most of the gain is in the first level. */
const level = constants.Z_BEST_SPEED

/**
 * Packs a message of at least `least` bytes; undefined where it is smaller, or packing gains nothing.
 * In this thread and at once: messages keep their order, and on a thread of its own a small one would take longer.
 */
export function pack(message: string | Uint8Array, least: number): Buffer | undefined {
  const size = typeof message === 'string' ? Buffer.byteLength(message) : message.length
  if (size < least) return undefined
  const packed = gzipSync(message, { level })
  return packed.length < size ? packed : undefined
}

/** Unpacks a message; more than `maxBytes` are never made of it, however little it is packed. */
export function unpack(bytes: Buffer, maxBytes: number): Buffer {
  try {
    return gunzipSync(bytes, { maxOutputLength: maxBytes })
  } catch (cause) {
    if ((cause as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE') tooLarge(maxBytes)
    throw new RpcError('INTERNAL', `a compressed message is no gzip: ${(cause as Error).message}`, { cause })
  }
}

/** What a message without `grpc-encoding` that says to be compressed is. */
export function notCompressed(): never {
  throw new RpcError('INTERNAL', 'a message says that it is compressed, and grpc-encoding does not say how')
}

/** Whether a `grpc-accept-encoding` names gzip. */
export function acceptsGzip(encodings: string | undefined): boolean {
  return encodings !== undefined && /(^|,)[ \t]*gzip[ \t]*(,|$)/.test(encodings)
}
