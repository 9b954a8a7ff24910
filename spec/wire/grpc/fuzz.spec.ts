import { RpcError } from 'microapi-ts'
import { expect, it } from 'vitest'
import { decodeStruct, decodeValue, encodeValue } from '../../../lib/wire/grpc/google-value.ts'
import { frameMessage, MessageReader } from '../../../lib/wire/grpc/message-reader.ts'
import { decodeGrpcMessage, encodeGrpcMessage } from '../../../lib/wire/grpc/percent.ts'
import { decodeStatus, encodeStatusDetails } from '../../../lib/wire/grpc/rpc-status.ts'
import { parseGrpcTimeout } from '../../../lib/wire/grpc/timeout.ts'
import { randomFrom } from '../readers.ts'

type Random = (below: number) => number
const seed = Number(process.env['FUZZ_SEED'] ?? Math.floor(Math.random() * 2 ** 32))
const limit = 300

/** So many inputs, each from a seed of its own, which is said where one fails: FUZZ_SEED runs it first. */
function fuzz(name: string, count: number, run: (random: Random) => void): void {
  it(`${count} inputs: ${name}`, () => {
    for (let i = 0; i < count; i++) {
      try {
        run(randomFrom(seed + i))
      } catch (cause) {
        throw new Error(`FUZZ_SEED=${seed + i}`, { cause })
      }
    }
  })
}

/** The bytes with some of them flipped, left out, doubled or cut off. */
function broken(bytes: Buffer, random: Random): Buffer {
  let out = Buffer.from(bytes)
  for (let left = random(4); left > 0; left--) {
    const at = random(out.length + 1)
    const how = random(5)
    if (how === 0 && out.length > 0) out[at % out.length] = random(256)
    else if (how === 1) out = Buffer.concat([out.subarray(0, at), out.subarray(at + 1 + random(4))])
    else if (how === 2)
      out = Buffer.concat([out.subarray(0, at), Buffer.from([random(256)]), out.subarray(at)])
    else if (how === 3) out = Buffer.concat([out.subarray(0, at), out.subarray(random(out.length + 1))])
    else out = out.subarray(0, at)
  }
  return out
}

// An expect() for each of so many inputs would take longer than all that is tested.
function same(found: unknown, wanted: unknown): void {
  if (JSON.stringify(found) !== JSON.stringify(wanted)) expect(found).toEqual(wanted)
}

function noise(random: Random, most: number): Buffer {
  return Buffer.from(Array.from({ length: random(most + 1) }, () => random(256)))
}

/** What messages a reader takes out of octets that come in these pieces, and what it refuses the rest with. */
function readAll(octets: Buffer, next: () => number): { readonly seen: string[]; readonly end: string } {
  const seen: string[] = []
  const reader = new MessageReader(limit, (bytes, packed) => seen.push(`${packed} ${bytes.toString('hex')}`))
  try {
    for (let at = 0; at < octets.length;) {
      const to = Math.min(octets.length, at + next())
      const piece = Buffer.from(octets.subarray(at, to))
      reader.push(piece)
      piece.fill(0xaa)
      at = to
    }
  } catch (error) {
    if (!(error instanceof RpcError)) throw error
    return { seen, end: error.code }
  }
  return { seen, end: reader.open ? 'open' : 'complete' }
}

/** The same by the letter of the protocol, from all octets at once. */
function expectedOf(octets: Buffer): { readonly seen: string[]; readonly end: string } {
  const seen: string[] = []
  let at = 0
  while (octets.length - at >= 5) {
    if (octets[at]! > 1) return { seen, end: 'INTERNAL' }
    const length = octets.readUInt32BE(at + 1)
    if (length > limit) return { seen, end: 'RESOURCE_EXHAUSTED' }
    if (at + 5 + length > octets.length) return { seen, end: 'open' }
    seen.push(`${octets[at] === 1} ${octets.toString('hex', at + 5, at + 5 + length)}`)
    at += 5 + length
  }
  return { seen, end: at < octets.length ? 'open' : 'complete' }
}

fuzz('messages in frames that are broken and cut', 40_000, (random) => {
  const frames = Array.from({ length: random(5) }, () =>
    frameMessage(
      Buffer.alloc(random(20) === 0 ? limit - 1 + random(3) : random(12), random(256)),
      random(2) === 0,
    ),
  )
  const octets = broken(Buffer.concat(frames), random)
  const most = 1 + random(20)
  same(
    readAll(octets, () => 1 + random(most)),
    expectedOf(octets),
  )
})

const samples = [
  null,
  { a: [1, 'ä', { b: null }], c: { d: [[], {}] } },
  [[[[[1]]]], true, false, 'text', -1.5],
  { deep: { deep: { deep: { deep: { deep: {} } } } } },
].map((value) => encodeValue(value))
const failures = [
  new RpcError('ABORTED', 'as told', { reason: 'R', details: { left: [1, { a: 'b' }] }, retryable: true }),
  new RpcError('NOT_FOUND', '', { details: [null, 1, 'x'] }),
].map((error) => encodeStatusDetails(error, 'shop')!)

/** Runs what may refuse its input with a RangeError and nothing else. */
function orRangeError(run: () => unknown): void {
  try {
    // What was read is JSON.
    same(typeof JSON.stringify(run()), 'string')
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    same(error.message.includes('call stack'), false)
  }
}

fuzz('google.protobuf.Value and Struct, broken', 30_000, (random) => {
  const bytes = broken(samples[random(samples.length)]!, random)
  orRangeError(() => decodeValue(bytes))
  orRangeError(() => decodeStruct(bytes))
})

fuzz('google.protobuf.Value and google.rpc.Status of noise', 20_000, (random) => {
  const bytes = noise(random, 60)
  orRangeError(() => decodeValue(bytes))
  const { code, message } = decodeStatus(5, 'm', bytes)
  same([code, message], ['NOT_FOUND', 'm'])
})

fuzz('google.rpc.Status, broken', 20_000, (random) => {
  const error = decodeStatus(10, 'm', broken(failures[random(failures.length)]!, random))
  same([error.code, error.message, typeof error.retryable], ['ABORTED', 'm', 'boolean'])
  same(error.reason === '', false)
})

fuzz('grpc-message', 20_000, (random) => {
  const bytes = broken(
    Buffer.from(encodeGrpcMessage(`a ä € 😀 %${String.fromCharCode(random(0x3000))}`)),
    random,
  )
  const value = bytes.toString('latin1')
  const text = decodeGrpcMessage(value)
  same(decodeGrpcMessage(encodeGrpcMessage(text)), text)
  if (!/%[0-9a-f]{2}/i.test(value)) same(text, bytes.toString())
})

fuzz('grpc-timeout', 20_000, (random) => {
  const text = broken(Buffer.from(`${random(1e8)}${'numSMH'[random(6)]}`), random).toString('latin1')
  let ms = -1
  try {
    ms = parseGrpcTimeout(text)
  } catch (error) {
    same((error as RpcError).code, 'INVALID_ARGUMENT')
  }
  same(ms >= 0, /^[0-9]{1,8}[numSMH]$/.test(text))
})
