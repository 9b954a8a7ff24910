import fc from 'fast-check'
import { createMetadata, RpcError, type ErrorCode } from 'microapi-ts'
import { describe, expect, it } from 'vitest'
import { readHead } from '../../../lib/wire/session/call-head.ts'
import { failureOf } from '../../../lib/wire/envelope.ts'
import { readEnvelope } from '../../../lib/wire/session/envelope.ts'
import {
  creditEnvelope,
  labelOf,
  writeMessage,
  writeMetadata,
} from '../../../lib/wire/session/write-envelope.ts'
import {
  fullReplies as fullWriter,
  shortReplies as shortWriter,
} from '../../../lib/wire/session/write-reply.ts'
import { readCredit } from '../../../lib/wire/session/window.ts'

const anyText = fc.string({ unit: 'binary' })
const anyMetadata = fc.dictionary(
  fc.stringMatching(/^[a-z0-9_.-]{1,10}$/).filter((key) => key !== 'timeout-ms' && !key.endsWith('-bin')),
  fc.stringMatching(/^[\x20-\x7e]*$/),
)
const codes: readonly ErrorCode[] = ['CANCELLED', 'NOT_FOUND', 'INTERNAL', 'UNAUTHENTICATED']

describe.each([
  ['in full', fullWriter],
  ['in short', shortWriter],
])('envelopes %s', (_name, writer) => {
  it('are read as they were written', () => {
    fc.assert(
      fc.property(
        anyText,
        anyText,
        anyText,
        fc.jsonValue(),
        anyMetadata,
        (service, method, id, payload, metadata) => {
          const label = labelOf(service, method, id)
          const json = JSON.stringify(payload)
          const head = writeMetadata(createMetadata(metadata), 250)
          const known = JSON.parse(json) as unknown
          const opening = { service, method, id }
          const read = (text: string): unknown => readEnvelope(text)
          expect(read(writer.request(label, json, head))).toMatchObject({
            type: 'request',
            ...opening,
            payload: known,
          })
          expect(read(writer.open(label, head))).toMatchObject({ type: 'open', ...opening })
          expect(read(writer.response(label, json, head))).toMatchObject({
            type: 'response',
            id,
            payload: known,
          })
          expect(read(writer.push(label, json, head))).toMatchObject({
            type: 'stream_push',
            id,
            payload: known,
          })
          expect(read(writer.end(label, head))).toMatchObject({ type: 'stream_end', id })
          const back = readHead(readEnvelope(writer.open(label, head))!.metadata)
          expect(back.timeoutMs).toBe(250)
          expect(back.metadata?.toJSON() ?? {}).toEqual(metadata)
        },
      ),
    )
  })

  it('tell a failure as it was', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...codes),
        anyText,
        fc.option(anyText),
        fc.jsonValue(),
        (code, message, reason, details) => {
          const error = new RpcError(code, message, { reason: reason ?? undefined, details })
          const text = writer.failure('response', labelOf('s', 'm', 'i'), error, '{}')
          expect(failureOf(readEnvelope(text)!)).toMatchObject({
            code,
            message,
            reason: reason ?? undefined,
            details: JSON.parse(JSON.stringify(details)) as unknown,
          })
        },
      ),
    )
  })

  it('tell a failure in short where it cannot be told whole', () => {
    const circle: { self?: unknown } = {}
    circle.self = circle
    for (const details of [{ big: 1n }, circle, 'x'.repeat(60_000)]) {
      const error = new RpcError('ABORTED', 'm'.repeat(60_000), { reason: 'R', details })
      const text = writer.failure('stream_end', labelOf('s', 'm', 'i'), error, '{}')
      expect(text.length).toBeLessThan(1_500)
      expect(failureOf(readEnvelope(text)!)).toMatchObject({
        code: 'ABORTED',
        message: 'm'.repeat(1_024),
        reason: 'R',
        details: undefined,
      })
    }
  })
})

describe('metadata', () => {
  it('hold what is left of the time, rounded up and never negative', () => {
    expect(writeMetadata(undefined)).toBe('{}')
    expect(writeMetadata(undefined, 0.2)).toBe('{"timeout-ms":"1"}')
    expect(writeMetadata(createMetadata({ a: 'b' }), -5)).toBe('{"a":"b","timeout-ms":"0"}')
  })

  it('are refused where they would not fit into an envelope', () => {
    expect(writeMetadata(createMetadata({ a: 'x'.repeat(49_144) }))).toHaveLength(49_152)
    expect(() => writeMetadata(createMetadata({ a: 'x'.repeat(49_145) }))).toThrow(/an envelope takes 49152/)
  })
})

describe('messages', () => {
  it('are measured in bytes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), fc.nat(200), (message, maxBytes) => {
        const text = JSON.stringify(message)
        const write = (): string => writeMessage(JSON.stringify, message, maxBytes)
        if (Buffer.byteLength(text) > maxBytes) expect(write).toThrow(/maxMessageBytes/)
        else expect(write()).toBe(text)
      }),
    )
  })
})

describe('credit', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 40 }), fc.nat(), (items, bytes) => {
        const envelope = readEnvelope(creditEnvelope(labelOf('', '', 'i'), items, bytes))
        expect(envelope).toMatchObject({ type: 'credit', id: 'i' })
        expect(readCredit(envelope!.payload)).toEqual({ items, bytes })
      }),
    )
  })
})
