import { Type } from '@sinclair/typebox'
import { describe, expect, it } from 'vitest'
import { RpcError } from '../../../lib/core/errors.ts'
import { conformanceContract } from '../../../lib/testing/contract.ts'
import { protoCodecs, type ProtoCodec } from '../../../lib/wire/protobuf/codecs.ts'
import { codecOf, sourceOf } from './codec-of.ts'

const seed = Number(process.env['FUZZ_SEED'] ?? Date.now() % 2 ** 31)

/** Numbers below 1, the same for the same seed (mulberry32). */
function randomOf(start: number): () => number {
  let state = start
  return () => {
    state = (state + 0x6d_2b_79_f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

const when = '2024-01-02T03:04:05.678Z'
const special = { when, big: '12', bytes: new Uint8Array([1, 2, 3]) }
const tree = (depth: number): unknown => ({
  label: 'x',
  at: when,
  children: depth > 0 ? [tree(depth - 1), tree(0)] : [],
})
const good: Readonly<Record<string, unknown>> = {
  everything: {
    text: 'text',
    mail: 'a@b.c',
    code: 'AB',
    whole: 5,
    real: 0.5,
    flag: true,
    choice: 'green',
    list: [1, 2, 300],
    pair: ['a', 1],
    nested: { deep: { name: 'n' } },
    map: { a: 1, b: -1 },
    ...special,
    maybe: 'm',
  },
  shape: { shape: 'square', side: 1, tags: ['a', 'b'] },
  being: { name: 'a', since: when },
  tree: tree(6),
  positions: {
    plain: special,
    optional: when,
    list: ['1', '-1'],
    objects: [special, special],
    map: { a: special.bytes },
    maps: { a: special },
    pair: [when, '1'],
    either: { kind: 'blob', at: special.bytes },
    both: { when, big: '1' },
  },
  open: { text: 'a', more: { b: [1, null, { c: true }] } },
  nullable: { text: null },
}

const { values } = conformanceContract
const sources = Object.keys(good).map((name) => sourceOf('values', name, values[name as 'everything']))

/** A change such as a broken or a hostile peer would make. */
function mutate(bytes: Uint8Array, random: () => number, other: Uint8Array): Uint8Array {
  const at = Math.floor(random() * (bytes.length + 1))
  const part = bytes.subarray(at, at + Math.floor(random() * 8))
  const octet = (): number => Math.floor(random() * 256)
  switch (Math.floor(random() * 7)) {
    case 0:
      return bytes.map((one, i) => (i === at ? octet() : one))
    case 1:
      return bytes.map((one, i) => (i === at ? one ^ (1 << Math.floor(random() * 8)) : one))
    case 2:
      return bytes.subarray(0, at)
    case 3:
      return new Uint8Array([...bytes.subarray(0, at), ...part, ...bytes.subarray(at)])
    case 4:
      return new Uint8Array([...bytes.subarray(0, at), ...bytes.subarray(at + part.length)])
    case 5:
      return new Uint8Array([...bytes.subarray(0, at), ...other.subarray(at)])
    default:
      return new Uint8Array([...bytes.subarray(0, at), 255, 255, 255, 255, octet(), ...bytes.subarray(at)])
  }
}

/** Reads; what comes out is a plain value, or an RpcError that a peer may be told of. */
function read(codec: ProtoCodec, bytes: Uint8Array): 'read' | 'refused' {
  try {
    const value = codec.readInput(bytes)
    if (typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype) return 'read'
    throw new Error('what was read is no plain object')
  } catch (error) {
    if (!(error instanceof RpcError) || error.code !== 'INVALID_ARGUMENT') throw error
    return 'refused'
  }
}

describe(`bytes that are no message (FUZZ_SEED=${seed})`, () => {
  it('are read or refused, and never anything else', { timeout: 60_000 }, async () => {
    const random = randomOf(seed)
    const { methods } = await protoCodecs(sources)
    const seeds = methods.map((codec) => codec.writeInput(good[codec.method]))
    const counts = { read: 0, refused: 0 }
    for (let i = 0; i < 40_000; i++) {
      const n = Math.floor(random() * methods.length)
      let bytes = seeds[n]!
      for (let times = 1 + Math.floor(random() * 3); times > 0; times--)
        bytes = mutate(bytes, random, seeds[Math.floor(random() * seeds.length)]!)
      counts[describeFailure(bytes, () => read(methods[n]!, bytes))]++
    }
    for (let i = 0; i < 20_000; i++) {
      const bytes = Uint8Array.from({ length: Math.floor(random() * 64) }, () => Math.floor(random() * 256))
      const codec = methods[i % methods.length]!
      counts[describeFailure(bytes, () => read(codec, bytes))]++
    }
    // Both happen often, or this would try nothing.
    expect(counts.read).toBeGreaterThan(1_000)
    expect(counts.refused).toBeGreaterThan(1_000)
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })

  it('are refused at once when they are nested without end', async () => {
    const Tree = Type.Recursive((Self) => Type.Object({ next: Type.Array(Self) }))
    const codec = await codecOf(Tree)
    // A megabyte of openings, each as long as what is left.
    const bytes = new Uint8Array(2 ** 20)
    let at = bytes.length
    while (at > 0) {
      const size = bytes.length - at
      const head = [10, ...varint(size)]
      if (at < head.length) break
      at -= head.length
      bytes.set(head, at)
    }
    const start = performance.now()
    expect(read(codec, bytes.subarray(at))).toBe('refused')
    expect(performance.now() - start).toBeLessThan(100)
  })
})

function describeFailure<T>(bytes: Uint8Array, run: () => T): T {
  try {
    return run()
  } catch (cause) {
    throw new Error(`FUZZ_SEED=${seed}: ${Buffer.from(bytes).toString('hex')}`, { cause })
  }
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))]
}
