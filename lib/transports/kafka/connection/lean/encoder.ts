import type { Buffer } from 'node:buffer'

/** What of kafkajs's Encoder is needed here. */
export interface Encoder {
  buf: Buffer
  /** So many bytes of it are written. */
  offset: number
  /** Those. */
  readonly buffer: Buffer
}

/** The class itself. */
export type EncoderClass = new () => Encoder

/** One that has written these bytes. */
export function encoderOf(Made: EncoderClass, bytes: Buffer): Encoder {
  return Object.assign(new Made(), { buf: bytes, offset: bytes.length })
}
