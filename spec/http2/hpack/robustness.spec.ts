import { expect, it } from 'vitest'
import { HpackDecoder } from '../../../lib/http2/hpack/decoder.ts'
import { HpackEncoder } from '../../../lib/http2/hpack/encoder.ts'
import { HpackError } from '../../../lib/http2/hpack/hpack-error.ts'
import { encode, randomFrom, tableOf } from './blocks.ts'

type Random = (below: number) => number

const names = [':method', ':path', ':status', 'x-a', 'x-b', 'cookie', 'via', 'content-type']
const values = ['GET', '/', 'a', 'text/html; charset=utf-8', '\u00e9\u0000\\', 'x'.repeat(200), '']

function validBlock(random: Random): Buffer {
  const encoder = new HpackEncoder([4_096, 200, 0][random(3)])
  const fields = (): string[] =>
    Array.from({ length: random(8) }, () => [
      names[random(names.length)]!,
      values[random(values.length)]!,
    ]).flat()
  // The second block refers to what the first one inserted.
  return Buffer.concat([
    encode(encoder, fields()),
    encode(encoder, fields(), random(2) === 0, new Set(['cookie'])),
  ])
}

function mutated(block: Buffer, random: Random): Buffer {
  const out = [...block]
  for (let left = random(4); left > 0; left--) {
    const at = random(out.length + 1)
    const how = random(5)
    if (how === 0) out.splice(at, 1)
    else if (how === 1) out.splice(at, 0, random(256))
    else if (how === 2) out[at] = random(256)
    else if (how === 3) out.splice(at, 0, ...out.slice(at, at + random(9)))
    else out.splice(at)
  }
  return Buffer.from(out)
}

const randomBlock = (random: Random): Buffer =>
  Buffer.from(Array.from({ length: random(60) }, () => (random(3) === 0 ? 0xff : random(256))))

it('20,000 random and damaged blocks are decoded or are an HpackError, and the table keeps its size', () => {
  const seed = Date.now() % 2 ** 32
  const random = randomFrom(seed)
  let decoder = new HpackDecoder(4_096)
  let limit = 4_096
  let refused = 0
  for (let round = 0; round < 20_000; round++) {
    const block = random(3) === 0 ? randomBlock(random) : mutated(validBlock(random), random)
    const at = `seed ${seed}, round ${round}: ${block.toString('hex')}`
    if (random(50) === 0) decoder.setMaxTableSize((limit = [0, 50, 300, 4_096][random(4)]!))
    // What stands around the block must not be looked at.
    const around = Buffer.alloc(block.length + 10, random(256))
    block.copy(around, 5)
    const maxListSize = random(2) * 100_000
    try {
      const fields = decoder.decode(around, 5, 5 + block.length, maxListSize, 50)
      const size = fields?.reduce((sum, text) => sum + text.length + 16, 0) ?? 0
      if (size > maxListSize || (fields?.length ?? 0) > 100) expect.fail(`${at}: a list of ${size} octets`)
      if (decoder.tableSize > limit) expect.fail(`${at}: a table of ${decoder.tableSize} octets`)
      const entries = tableOf(decoder)
      const held = entries.reduce((sum, text) => sum + text.length + 16, 0)
      if (held !== decoder.tableSize) expect.fail(`${at}: ${held} octets counted as ${decoder.tableSize}`)
    } catch (error) {
      if (!(error instanceof HpackError)) throw new Error(at, { cause: error })
      if (decoder.tableSize > 4_096) expect.fail(`${at}: a table of ${decoder.tableSize} octets`)
      refused++
      // As a connection would, begin anew.
      limit = 4_096
      decoder = new HpackDecoder(limit)
    }
  }
  // Both outcomes were seen often.
  expect(refused).toBeGreaterThan(2_500)
  expect(refused).toBeLessThan(17_500)
}, 60_000)
