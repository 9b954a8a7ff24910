import { leanDecoder, type DecoderClass } from './lean-decoder.ts'
import { leanEncoder, type EncoderClass } from './lean-encoder.ts'

/** Mends what makes the kafkajs that is loaded here slow; does nothing where its parts are not at their places. */
export async function leanKafkajs(): Promise<void> {
  try {
    leanEncoder(await partOf<EncoderClass>('encoder'))
    leanDecoder(await partOf<DecoderClass>('decoder'))
  } catch {
    // Another version: it works as it is.
  }
}

async function partOf<Part>(name: string): Promise<Part> {
  // Not a literal: bundlers would look for it.
  const path = `kafkajs/src/protocol/${name}.js`
  return ((await import(path)) as { readonly default: Part }).default
}
