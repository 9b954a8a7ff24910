import { leanConsumer, type ConsumerParts } from './consumer.ts'
import { leanDecoder, type DecoderClass } from './decoder.ts'
import type { EncoderClass } from './encoder.ts'
import { leanProducer, type ProducerParts } from './producer.ts'

/** Mends what makes the kafkajs that is loaded here slow; does nothing where its parts are not at their places. */
export async function leanKafkajs(): Promise<void> {
  try {
    const Encoder = await partOf<EncoderClass>('encoder')
    leanDecoder(await partOf<DecoderClass>('decoder'))
    leanProducer({
      produce: await partOf<ProducerParts['produce']>('requests/produce/index'),
      Encoder,
      compression: await partOf<ProducerParts['compression']>('message/compression/index'),
    })
    leanConsumer({ fetch: await partOf<ConsumerParts['fetch']>('requests/fetch/index'), Encoder })
  } catch {
    // Another version: it works as it is.
  }
}

async function partOf<Part>(name: string): Promise<Part> {
  // Not a literal: bundlers would look for it.
  const path = `kafkajs/src/protocol/${name}.js`
  return ((await import(path)) as { readonly default: Part }).default
}
