import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { leanDecoder, type DecoderClass } from '../../../../lib/transports/kafka/connection/lean/decoder.ts'
import { original } from './originals.ts'

interface Decoder {
  readonly offset: number
  readVarLong(): { readonly value: bigint }
}
type Reader = DecoderClass & (new (buffer: Buffer) => Decoder)

describe('the lean decoder', () => {
  const Plain = original('decoder') as Reader
  const Lean = original('decoder') as Reader
  leanDecoder(Lean)
  leanDecoder(Lean)

  const readAll = (Made: Reader, buffer: Buffer): unknown => {
    const decoder = new Made(buffer)
    const read: [bigint, number][] = []
    try {
      while (decoder.offset < buffer.length) read.push([decoder.readVarLong().value, decoder.offset])
    } catch (error) {
      return [read, (error as Error).message]
    }
    return read
  }

  it('reads what kafkajs reads, of any bytes', () => {
    const any = fc.uint8Array({ maxLength: 40 })
    const short = fc
      .array(fc.integer({ min: 0, max: 0x90 }), { maxLength: 20 })
      .map((all) => Uint8Array.from(all))
    fc.assert(
      fc.property(fc.oneof(any, short), (given) => {
        expect(readAll(Lean, Buffer.from(given))).toStrictEqual(readAll(Plain, Buffer.from(given)))
      }),
      { numRuns: 2_000 },
    )
  })

  it('leaves another class as it is', () => {
    const other = { prototype: { read: () => 1 } }
    leanDecoder(other as unknown as DecoderClass)
    expect(Object.keys(other.prototype)).toEqual(['read'])
  })
})
