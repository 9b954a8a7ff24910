import { createRequire } from 'node:module'
import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { leanDecoder, type DecoderClass } from '../../../lib/transports/kafka/lean-decoder.ts'
import { leanEncoder, type EncoderClass } from '../../../lib/transports/kafka/lean-encoder.ts'
import { leanKafkajs } from '../../../lib/transports/kafka/lean-kafkajs.ts'

interface Encoder {
  readonly buffer: Buffer
  writeInt8(value: number): this
  writeInt32(value: number): this
  writeInt64(value: unknown): this
  writeVarInt(value: number): this
  writeUVarInt(value: number): this
  writeVarLong(value: unknown): this
  writeVarIntBytes(value: Buffer | string | null): this
  writeVarIntString(value: string | null): this
  writeString(value: string | null): this
  writeEncoder(value: Encoder): this
  writeEncoderArray(value: readonly Encoder[]): this
  writeVarIntArray(value: readonly Encoder[]): this
}
type Class = EncoderClass & { new (size?: number): Encoder; sizeOfVarLong(value: unknown): number }

const require = createRequire(import.meta.url)
const encoderPath = require.resolve('kafkajs/src/protocol/encoder')
const decoderPath = require.resolve('kafkajs/src/protocol/decoder')

/** A class anew, as kafkajs has it. */
function original(path: string): unknown {
  const known = require.cache[path]
  delete require.cache[path]
  const made: unknown = require(path)
  if (known) require.cache[path] = known
  return made
}

type Step = (encoder: Encoder, Made: Class) => void

const int = fc.oneof(
  fc.integer(),
  fc.integer({ min: -70_000, max: 70_000 }),
  fc.constantFrom(-1, 0, 63, 64, 2 ** 31 - 1),
)
const long = fc.oneof(
  int,
  fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
  fc.constantFrom(2 ** 30 - 1, 2 ** 30, -(2 ** 30), 2 ** 31, 2 ** 32),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
)
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 700 }).map((one) => Buffer.from(one)),
  fc.string({ unit: 'binary' }),
  fc.constant(null),
)
const text = fc.option(fc.string({ unit: 'binary' }))

const { steps } = fc.letrec<{ steps: Step[]; step: Step }>((tie) => ({
  steps: fc.array(tie('step'), { maxLength: 8 }),
  step: fc.oneof(
    { depthSize: 'small' },
    int.map(
      (value): Step =>
        (to) =>
          to.writeVarInt(value),
    ),
    int.map(
      (value): Step =>
        (to) =>
          to.writeUVarInt(value),
    ),
    int.map(
      (value): Step =>
        (to) =>
          to.writeInt32(value),
    ),
    long.map(
      (value): Step =>
        (to) =>
          to.writeVarLong(value),
    ),
    long.map(
      (value): Step =>
        (to) =>
          to.writeInt64(value),
    ),
    bytes.map(
      (value): Step =>
        (to) =>
          to.writeVarIntBytes(value),
    ),
    text.map(
      (value): Step =>
        (to) =>
          to.writeVarIntString(value),
    ),
    text.map(
      (value): Step =>
        (to) =>
          to.writeString(value),
    ),
    tie('steps').map(
      (inner): Step =>
        (to, Made) =>
          to.writeEncoder(run(Made, inner)),
    ),
    fc.array(tie('steps'), { maxLength: 5 }).map(
      (inner): Step =>
        (to, Made) =>
          to.writeVarIntArray(inner.map((one) => run(Made, one))),
    ),
  ),
}))

function run(Made: Class, all: readonly Step[]): Encoder {
  const encoder = new Made()
  for (const step of all) step(encoder, Made)
  return encoder
}

describe('the lean encoder', () => {
  let Plain: Class
  let Lean: Class
  beforeEach(() => {
    Plain = original(encoderPath) as Class
    Lean = original(encoderPath) as Class
    leanEncoder(Lean)
    leanEncoder(Lean)
  })

  it('writes what kafkajs writes', () => {
    expect(Lean).not.toBe(Plain)
    fc.assert(
      fc.property(steps, (all) => {
        expect(run(Lean, all).buffer.equals(run(Plain, all).buffer)).toBe(true)
      }),
      { numRuns: 2_000 },
    )
  })

  it('measures numbers as kafkajs does', () => {
    fc.assert(
      fc.property(long, (value) => {
        expect(Lean.sizeOfVarLong(value)).toBe(Plain.sizeOfVarLong(value))
        expect(new Lean().writeVarLong(value).buffer.length).toBe(Lean.sizeOfVarLong(value))
      }),
    )
  })

  it('grows to any size', () => {
    for (const length of [63, 64, 65, 255, 256, 257, 4_095, 4_096, 70_000, 3_000_000]) {
      const value = Buffer.alloc(length, 7)
      expect(
        new Lean().writeVarIntBytes(value).buffer.equals(new Plain().writeVarIntBytes(value).buffer),
      ).toBe(true)
      const parts = [value, value].map((one) => new Lean().writeVarIntBytes(one))
      expect(new Lean().writeEncoderArray(parts).buffer.length).toBe(2 * parts[0]!.buffer.length)
    }
  })

  it('refuses what kafkajs refuses', () => {
    for (const wrong of [null, [null], [{}], [{ buf: 'text' }]])
      expect(() => new Lean().writeEncoderArray(wrong as unknown as Encoder[])).toThrow('instance of Encoder')
  })

  it('leaves another class as it is', () => {
    class Other {
      static nextPowerOfTwo = (value: number): number => value
      writeUVarInt(): void {}
    }
    const { nextPowerOfTwo } = Other
    leanEncoder(Other as unknown as EncoderClass)
    expect(Other.nextPowerOfTwo).toBe(nextPowerOfTwo)
  })
})

interface Decoder {
  readonly offset: number
  readVarLong(): { readonly value: bigint }
}
type Reader = DecoderClass & (new (buffer: Buffer) => Decoder)

describe('the lean decoder', () => {
  const Plain = original(decoderPath) as Reader
  const Lean = original(decoderPath) as Reader
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

it('both are found where kafkajs keeps them', async () => {
  const encoder = require(encoderPath) as Class
  const { prototype } = require(decoderPath) as Reader
  const before = prototype.readVarLong
  await leanKafkajs()
  expect(encoder.nextPowerOfTwo(511), 'kafkajs keeps its encoder elsewhere now').toBe(64)
  expect(prototype.readVarLong, 'kafkajs keeps its decoder elsewhere now').not.toBe(before)
})
