import { leanDecoder, type DecoderClass } from './decoder.ts'
import { leanProducer, type Parts } from './producer.ts'

/** Mends what makes the kafkajs that is loaded here slow; does nothing where its parts are not at their places. */
export async function leanKafkajs(): Promise<void> {
  try {
    leanDecoder(await partOf<DecoderClass>('decoder'))
    leanProducer({
      produce: await partOf<Parts['produce']>('requests/produce/index'),
      Encoder: await partOf<Parts['Encoder']>('encoder'),
      compression: await partOf<Parts['compression']>('message/compression/index'),
    })
  } catch {
    // Another version: it works as it is.
  }
}

async function partOf<Part>(name: string): Promise<Part> {
  // Not a literal: bundlers would look for it.
  const path = `kafkajs/src/protocol/${name}.js`
  return ((await import(path)) as { readonly default: Part }).default
}
