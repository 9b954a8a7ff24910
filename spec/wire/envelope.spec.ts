import fc from 'fast-check'
import { createMetadata, RpcError, type ErrorCode } from 'microapi-ts'
import { describe, expect, it } from 'vitest'
import { pingLine, readControl, streamEndLine } from '../../lib/wire/envelope.ts'
import { errorFromJson, errorToJson } from '../../lib/wire/error-json.ts'
import { jsonValues } from './readers.ts'

const codes = [
  ['CANCELLED', 1],
  ['UNKNOWN', 2],
  ['INVALID_ARGUMENT', 3],
  ['DEADLINE_EXCEEDED', 4],
  ['NOT_FOUND', 5],
  ['ALREADY_EXISTS', 6],
  ['PERMISSION_DENIED', 7],
  ['RESOURCE_EXHAUSTED', 8],
  ['FAILED_PRECONDITION', 9],
  ['ABORTED', 10],
  ['OUT_OF_RANGE', 11],
  ['UNIMPLEMENTED', 12],
  ['INTERNAL', 13],
  ['UNAVAILABLE', 14],
  ['DATA_LOSS', 15],
  ['UNAUTHENTICATED', 16],
] as const satisfies readonly (readonly [ErrorCode, number])[]

const silent = 'the server failed and did not say why'
const text = fc.string({ unit: 'binary' })
const errors = fc
  .record({
    code: fc.constantFrom(...codes.map(([code]) => code)),
    message: text,
    reason: fc.option(text, { nil: undefined }),
    details: fc.option(jsonValues, { nil: undefined }),
    retryable: fc.option(fc.boolean(), { nil: undefined }),
  })
  .map(({ code, message, ...options }) => new RpcError(code, message, options))
const metadata = fc
  .dictionary(fc.stringMatching(/^[a-z0-9_.-]{1,12}$/), fc.stringMatching(/^[\x20-\x7e]{0,12}$/), {
    maxKeys: 5,
  })
  .map((entries) => createMetadata(entries))

/** What a failure says, without what only this side knows. */
const said = ({ code, message, reason, details, retryable }: RpcError) => ({
  code,
  message,
  reason,
  details,
  retryable,
})
const overWire = (value: unknown): unknown => JSON.parse(JSON.stringify(value)) as unknown

describe('a failure as JSON', () => {
  it.each(codes)('%s has the number %i', (code, number) => {
    expect(errorToJson(new RpcError(code, 'x'))).toEqual({
      error: 'x',
      code,
      status_code: number,
      retryable: code === 'UNAVAILABLE',
    })
    expect(errorFromJson({ error: 'x', status_code: number }, 'UNKNOWN').code).toBe(code)
  })

  it('comes back as it left', () => {
    fc.assert(
      fc.property(errors, (error) => {
        expect(said(errorFromJson(overWire(errorToJson(error)), 'UNKNOWN'))).toEqual(afterWire(error))
      }),
    )
  })

  it('says nothing of its cause', () => {
    const error = new RpcError('INTERNAL', 'x', { cause: new Error('secret') })
    expect(JSON.stringify(errorToJson(error))).not.toContain('secret')
  })

  it.each([
    ['a Python server sends none of ours', { error: 'no such user' }, 'NOT_FOUND', 'no such user'],
    ['the code has no name that we know', { error: 'x', code: 'NOPE' }, 'NOT_FOUND', 'x'],
    ['the name is no own property of the table', { error: 'x', code: 'constructor' }, 'NOT_FOUND', 'x'],
    ['the code says OK', { error: 'x', code: 'OK', status_code: 0 }, 'NOT_FOUND', 'x'],
    ['the number is not in the table', { error: 'x', status_code: 99 }, 'UNKNOWN', 'x'],
    ['the number is text', { error: 'x', status_code: '5' }, 'NOT_FOUND', 'x'],
    [
      'the name and the number differ: the name wins',
      { error: 'x', code: 'ABORTED', status_code: 5 },
      'ABORTED',
      'x',
    ],
    ['the message is no text', { error: { deep: 1 } }, 'NOT_FOUND', silent],
    ['it is an array', [], 'NOT_FOUND', silent],
    ['it is null', null, 'NOT_FOUND', silent],
    ['it is text', 'oops', 'NOT_FOUND', silent],
  ])('is read where %s', (_, json, code, message) => {
    const error = errorFromJson(json, 'NOT_FOUND')
    expect(error).toBeInstanceOf(RpcError)
    expect(error).toMatchObject({ code, message })
  })

  it('is read from whatever JSON', () => {
    fc.assert(
      fc.property(jsonValues, (json) => {
        expect(errorFromJson(json, 'NOT_FOUND')).toBeInstanceOf(RpcError)
      }),
    )
  })

  it('keeps no reason that is no text, and no retryable that is no boolean', () => {
    const json = { error: 'x', code: 'UNAVAILABLE', reason: 5, retryable: 'no' }
    expect(errorFromJson(json, 'UNKNOWN')).toMatchObject({ reason: undefined, retryable: true })
  })
})

describe("a stream's end", () => {
  it('is one line, an array of one envelope without its defaults', () => {
    expect(streamEndLine(createMetadata())).toBe('[{"type":"stream_end"}]\n')
    expect(streamEndLine(createMetadata({ a: '1' }))).toBe('[{"type":"stream_end","metadata":{"a":"1"}}]\n')
    const failure = new RpcError('ABORTED', 'two\nlines', { reason: 'WHY', details: { left: 1 } })
    expect(streamEndLine(createMetadata(), failure)).toBe(
      '[{"type":"stream_end","error":"two\\nlines","code":"ABORTED","status_code":10,"reason":"WHY","details":{"left":1},"retryable":false}]\n',
    )
  })

  it('comes back as it left, on one line', () => {
    fc.assert(
      fc.property(metadata, fc.option(errors, { nil: undefined }), (trailer, error) => {
        const line = streamEndLine(trailer, error)
        expect(line.indexOf('\n')).toBe(line.length - 1)
        const control = readControl(JSON.parse(line) as unknown[])
        expect(control.type).toBe('stream_end')
        expect(control.metadata.toJSON()).toEqual(trailer.toJSON())
        expect(control.error && said(control.error)).toEqual(error && afterWire(error))
      }),
    )
  })
})

describe('a line with an envelope', () => {
  it('may be a ping', () => {
    expect(pingLine).toBe('[{"type":"ping"}]\n')
    expect(readControl(JSON.parse(pingLine) as unknown[])).toMatchObject({ type: 'ping', error: undefined })
  })

  it('may be the header', () => {
    const { type, metadata: header } = readControl([{ type: 'header', metadata: { A: '1' } }])
    expect(type).toBe('header')
    expect(header.toJSON()).toEqual({ a: '1' })
  })

  it('loses the metadata that no transport could carry, and nothing else', () => {
    const bad = { 'good-key': 'yes', 'bad key': 'x', number: 5, broken: 'a\r\nb', umlaut: 'ü' }
    expect(readControl([{ type: 'stream_end', metadata: bad }]).metadata.toJSON()).toEqual({
      'good-key': 'yes',
    })
    expect(readControl([{ type: 'stream_end', metadata: 'none' }]).metadata.size).toBe(0)
  })

  it('without an error has none', () => {
    expect(readControl([{ type: 'stream_end', error: null, status_code: 0 }]).error).toBeUndefined()
  })

  it.each([
    [[]],
    [[null]],
    [['ping']],
    [[{}]],
    [[{ type: 'request' }]],
    [[{ type: 'constructor' }]],
    [[5]],
    [[[]]],
  ])('%j is none: INTERNAL', (line) => {
    expect(() => readControl(line)).toThrow(expect.objectContaining({ name: 'RpcError', code: 'INTERNAL' }))
  })
})

/** What is expected behind the wire: JSON writes -0 as 0. */
function afterWire(error: RpcError): ReturnType<typeof said> {
  const all = said(error)
  return { ...all, details: all.details === undefined ? undefined : overWire(all.details) }
}
