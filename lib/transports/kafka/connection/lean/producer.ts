import { Buffer } from 'node:buffer'
import { encodeProduce, type Compress, type Produce } from './produce.ts'

/** What of kafkajs's Encoder is needed here. */
interface Encoder {
  buf: Buffer
  /** So many bytes of it are written. */
  offset: number
  /** Those. */
  readonly buffer: Buffer
}

/** What of kafkajs is needed here. */
export interface Parts {
  /** How Produce requests are made. */
  readonly produce: { protocol: (which: { readonly version: number }) => MakeRequest }
  /** The class itself. */
  readonly Encoder: new () => Encoder
  readonly compression: {
    lookupCodec(compression: number): { compress(records: Encoder): Promise<Buffer> }
  }
}

type MakeRequest = (produce: Produce) => {
  readonly request: { readonly apiVersion: number; encode: () => Promise<Encoder> }
}

/** Their bodies are alike. */
const versions = { first: 3, last: 7 }

const lean = new WeakSet<object>()

/**
 * Makes kafkajs 2.2.4 write what its producers send four times as fast, in its own objects, for all that use the same copy
 * of it; the bytes stay the same. It has an encoder, which begins with 512 bytes of zeros outside of V8's heap, for every
 * record and header, an array and a buffer for each number in it, and reckons the checksum byte by byte.
 */
export function leanProducer({ produce, Encoder, compression }: Parts): void {
  const { protocol } = produce
  if (typeof protocol !== 'function' || lean.has(produce)) return
  lean.add(produce)
  const encoderOf = (bytes: Buffer): Encoder =>
    Object.assign(new Encoder(), { buf: bytes, offset: bytes.length })
  const compress: Compress = (how, records) => compression.lookupCodec(how).compress(encoderOf(records))

  produce.protocol = (which) => {
    const make = protocol(which)
    if (which.version < versions.first || which.version > versions.last) return make
    return (asked) => {
      const made = make(asked)
      const { request } = made
      const { encode } = request
      request.encode = async () => {
        const bytes = await encodeProduce(asked, compress)
        return bytes ? encoderOf(bytes) : encode()
      }
      return made
    }
  }
}
