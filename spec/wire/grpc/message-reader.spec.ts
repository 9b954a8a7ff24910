import fc from 'fast-check'
import { RpcError } from 'microapi-ts'
import { describe, expect, it } from 'vitest'
import { frameMessage, MessageReader, prefixLength } from '../../../lib/wire/grpc/message-reader.ts'
import { byteByByte, cut } from '../readers.ts'

/** A message, and whether its prefix says that it is packed. */
type Message = readonly [text: string, compressed: boolean]

const messages = fc.array(fc.tuple(fc.string({ maxLength: 30 }), fc.boolean()), {
  maxLength: 8,
})
const framed = (all: readonly Message[]): Buffer =>
  Buffer.concat(all.map(([text, compressed]) => frameMessage(Buffer.from(text, 'utf16le'), compressed)))

/** A prefix that claims whatever it is told to. */
function prefix(length: number, flag = 0): Buffer {
  const octets = Buffer.alloc(prefixLength)
  octets[0] = flag
  octets.writeUInt32BE(length, 1)
  return octets
}

/** A reader, the messages that it gave, and pushing that spoils what was pushed: it may keep none of it. */
function open(maxBytes = 1_000) {
  const seen: Message[] = []
  const reader = new MessageReader(maxBytes, (bytes, compressed) =>
    seen.push([bytes.toString('utf16le'), compressed]),
  )
  const push = (chunk: Uint8Array): void => {
    const own = Buffer.from(chunk)
    try {
      reader.push(own)
    } finally {
      own.fill(0xaa)
    }
  }
  return { reader, seen, push }
}

function refusal(run: () => void): RpcError {
  try {
    run()
  } catch (error) {
    if (error instanceof RpcError) return error
    throw error
  }
  throw new Error('it was accepted')
}

describe('messages', () => {
  it('are the same wherever the octets are cut', () => {
    fc.assert(
      fc.property(messages, fc.array(fc.nat(), { maxLength: 12 }), (all, places) => {
        const { reader, seen, push } = open()
        for (const piece of cut(framed(all), places)) push(piece)
        expect(seen).toEqual(all)
        expect(reader.open).toBe(false)
      }),
    )
  })

  it('are the same octet by octet, and an empty chunk changes nothing', () => {
    fc.assert(
      fc.property(messages, (all) => {
        const { reader, seen, push } = open()
        for (const octet of byteByByte(framed(all))) {
          push(octet)
          const before = reader.open
          push(Buffer.alloc(0))
          expect(reader.open).toBe(before)
        }
        expect(seen).toEqual(all)
      }),
    )
  })

  it('have begun and are not complete exactly where they are cut', () => {
    fc.assert(
      fc.property(messages, fc.nat(), (all, place) => {
        const octets = framed(all)
        const end = place % (octets.length + 1)
        const { reader, seen, push } = open()
        push(octets.subarray(0, end))
        let complete = 0
        let at = 0
        for (const message of all) {
          const next = at + framed([message]).length
          if (next > end) break
          at = next
          complete++
        }
        expect(seen).toEqual(all.slice(0, complete))
        expect(reader.open).toBe(at < end)
        push(octets.subarray(end))
        expect(seen).toEqual(all)
      }),
    )
  })

  it('of no octets are messages', () => {
    const { seen, push, reader } = open()
    push(Buffer.concat([prefix(0), prefix(0, 1)]))
    expect(seen).toEqual([
      ['', false],
      ['', true],
    ])
    expect(reader.open).toBe(false)
  })

  it('of 4 MiB in pieces of 1 KiB are put together in time that grows with their size', () => {
    const size = 4 * 1024 * 1024
    let seen = 0
    const reader = new MessageReader(size, (bytes) => (seen += bytes.length))
    reader.push(prefix(size))
    const piece = Buffer.alloc(1024)
    for (let i = 0; i < size / piece.length; i++) reader.push(piece)
    expect([seen, reader.open]).toEqual([size, false])
  })
})

describe('a length', () => {
  it.each([1, 7, 1_000])('at a limit of %i is taken, and one more is refused', (limit) => {
    const { seen, push } = open(limit)
    push(frameMessage(Buffer.alloc(limit)))
    expect(seen).toHaveLength(1)
    expect(refusal(() => push(prefix(limit + 1)))).toMatchObject({
      code: 'RESOURCE_EXHAUSTED',
      reason: 'TOO_LARGE',
      message: `message of more than ${limit} bytes (maxMessageBytes)`,
    })
  })

  it('over the limit is refused with the last octet of its prefix, wherever that was cut', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1_001, max: 0xffff_ffff }),
        fc.array(fc.nat(), { maxLength: 5 }),
        messages,
        (length, places, before) => {
          const { seen, push } = open()
          push(framed(before))
          const pieces = cut(prefix(length), places).filter((piece) => piece.length > 0)
          for (const piece of pieces.slice(0, -1)) push(piece)
          expect(refusal(() => push(pieces.at(-1)!)).code).toBe('RESOURCE_EXHAUSTED')
          expect(seen).toEqual(before)
        },
      ),
    )
  })

  it('of 4 GiB is refused without a place for it', () => {
    const before = process.memoryUsage()
    for (let i = 0; i < 1_000; i++) {
      const { push } = open(4 * 1024 * 1024)
      expect(refusal(() => push(prefix(0xffff_ffff))).code).toBe('RESOURCE_EXHAUSTED')
    }
    const { arrayBuffers } = process.memoryUsage()
    expect(arrayBuffers - before.arrayBuffers).toBeLessThan(16 * 1024 * 1024)
  })

  it('that is allowed and only claimed costs what has come, not what it says', () => {
    const limit = 64 * 1024 * 1024
    const before = process.memoryUsage().arrayBuffers
    const readers = Array.from({ length: 100 }, () => {
      const { reader, push } = open(limit)
      push(Buffer.concat([prefix(limit), Buffer.alloc(100)]))
      push(Buffer.alloc(100))
      return reader
    })
    expect(readers.every((reader) => reader.open)).toBe(true)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(limit)
  })
})

describe('a first octet', () => {
  it('that is neither 0 nor 1 is INTERNAL, whatever the length', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 255 }), fc.nat(0xffff_ffff), (flag, length) => {
        const { seen, push } = open()
        expect(refusal(() => push(prefix(length, flag)))).toMatchObject({ code: 'INTERNAL' })
        expect(seen).toEqual([])
      }),
    )
  })
})

describe('a frame', () => {
  it('is a flag, the length in octets and the octets, of text or of bytes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.boolean(), (text, compressed) => {
        const bytes = Buffer.from(text)
        const frame = frameMessage(text, compressed)
        expect(frame).toEqual(Buffer.concat([prefix(bytes.length, compressed ? 1 : 0), bytes]))
        expect(frameMessage(bytes, compressed)).toEqual(frame)
        expect(frameMessage(new Uint8Array(bytes), compressed)).toEqual(frame)
      }),
    )
  })

  it('is not compressed unless that is said', () => {
    expect(frameMessage('ä')).toEqual(Buffer.from([0, 0, 0, 0, 2, 0xc3, 0xa4]))
  })
})
