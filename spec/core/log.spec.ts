import { Type } from '@sinclair/typebox'
import { createApp, createClient, defineService, Empty, rpc, RpcError } from 'microapi-ts'
import { recordingLog } from 'microapi-ts/testing'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { consoleLog, safeLog } from '../../lib/core/log.ts'
import { escapeText, loggable, printable } from '../../lib/core/log-text.ts'
import { showAs } from '../../lib/core/schema/sensitive.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

/** A terminal's escape, line breaks of all sorts, and what turns the direction of writing. */
const evil = '\u001b[31mred\r\n\u0085\u2028\u2029\u009b2J\u202e\u0000'
const harmless = String.raw`\u001b[31mred\u000d\u000a\u0085\u2028\u2029\u009b2J\u202e\u0000`
// oxlint-disable-next-line no-control-regex -- they are what it is about
const unsafe = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e]/

describe('a text', () => {
  it('has its controls escaped, and nothing else', () => {
    expect(escapeText(evil)).toBe(harmless)
    expect(escapeText('Grüße, 東京 👍🏽 "quoted" \\')).toBe('Grüße, 東京 👍🏽 "quoted" \\')
  })

  it('is escaped wherever it stands in what is logged, keys included', () => {
    const shown = printable({ a: evil, b: [evil, { c: evil }], [evil]: 1, n: 5, none: null, d: new Date(0) })
    expect(shown).toEqual({
      a: harmless,
      b: [harmless, { c: harmless }],
      [harmless]: 1,
      n: 5,
      none: null,
      d: new Date(0),
    })
  })

  it('is cut where it is long, and so are lists and what is nested', () => {
    const loop: { inner?: object } = {}
    loop.inner = loop
    const shown = printable({ text: 'x'.repeat(1_000), list: Array.from({ length: 60 }, () => 1), loop })
    expect(shown['text']).toBe(`${'x'.repeat(256)}…`)
    expect(shown['list']).toHaveLength(51)
    expect(JSON.stringify(shown['loop'])).toContain('{…}')
    expect(printable({ bytes: new Uint8Array(3) })).toEqual({ bytes: '[3 bytes]' })
  })
})

describe('an error', () => {
  it('that holds nothing of the sort is logged as it is', () => {
    const error = new TypeError('no such user')
    expect(loggable(error)).toBe(error)
  })

  it('can add no line to its stack, and no colour', () => {
    const error = new TypeError(`${evil}\n    at forged (app.ts:1:1)`, { cause: new Error(evil) })
    const before = error.message
    const shown = loggable(Object.assign(error, { path: evil, list: [new Error(evil)] })) as typeof error & {
      path: string
      list: Error[]
    }
    expect(shown).toBeInstanceOf(TypeError)
    for (const { message, stack } of [shown, shown.cause as Error, shown.list[0]!]) {
      expect(message).toContain(harmless)
      expect(stack).not.toMatch(unsafe)
      expect(stack!.split('\n')[0]).toContain(harmless)
    }
    expect(shown.stack).not.toContain('\n    at forged')
    expect(shown.path).toBe(harmless)
    expect(error.message).toBe(before)
  })

  it('keeps what is sensitive among its details to its receiver', () => {
    const details = { name: 'ann', pin: '1234' }
    showAs(details, () => ({ name: 'ann', pin: '[redacted]' }))
    const error = new RpcError('FAILED_PRECONDITION', 'no', { details })
    expect(loggable(error)).toMatchObject({ code: 'FAILED_PRECONDITION', details: { pin: '[redacted]' } })
    expect(loggable(new Error('outer', { cause: error }))).toMatchObject({
      cause: { details: { pin: '[redacted]' } },
    })
    expect(error.details).toBe(details)
  })

  it('says itself in JSON, which shows nothing of errors, to logs that do not know its key', () => {
    const log = recordingLog()
    const cause = new RpcError('NOT_FOUND', 'none', { details: { n: 1 } })
    safeLog(log).error({ error: new TypeError('broken', { cause }) }, 'failed')
    const stack: unknown = expect.stringContaining('log.spec.ts')
    expect(JSON.parse(JSON.stringify(log.lines[0]!.details))).toMatchObject({
      error: {
        type: 'TypeError',
        message: 'broken',
        stack,
        cause: { type: 'RpcError', message: 'none', stack, code: 'NOT_FOUND', details: { n: 1 } },
      },
    })
    expect(log.lines[0]!.details).toMatchObject({ error: expect.any(TypeError) as unknown })
    expect(safeLog(consoleLog)).toBe(consoleLog)
  })

  it('may be its own cause, or no error at all', () => {
    const error = new Error(evil)
    error.cause = error
    expect((loggable(error) as Error).message).toBe(harmless)
    expect(loggable(evil)).toBe(harmless)
    expect(loggable(undefined)).toBeUndefined()
    expect(loggable({ text: evil })).toEqual({ text: harmless })
  })
})

describe('what a caller sends', () => {
  const broken = defineService({
    fail: rpc.unary(Type.Object({ text: Type.String() }), Empty, ({ text }) => {
      throw new Error(`no such thing: ${text}`)
    }),
  })

  it('cannot move the terminal that the console is', async () => {
    const written: unknown[][] = []
    for (const name of ['error', 'warn', 'info'] as const)
      vi.spyOn(console, name).mockImplementation((...parts: unknown[]) => void written.push(parts))
    await using client = createClient(createApp({ services: { broken } }))
    await client.broken.fail({ text: evil }).catch(() => {})
    consoleLog.warn({ id: evil, error: evil }, `lost ${evil}`)
    consoleLog.info({ id: evil }, 'said')
    expect(written).toHaveLength(3)
    for (const part of written.flat())
      for (const line of (part instanceof Error ? `${part.message}\n${part.stack}` : String(part)).split(
        '\n',
      ))
        expect(line).not.toMatch(unsafe)
    expect((written[0]![1] as Error).stack).toContain('log.spec.ts')
  })

  it('is escaped for any log', () => {
    const log = recordingLog()
    const safe = safeLog(log)
    safe.error({ id: evil, error: new Error(evil) }, evil)
    safe.warn({ id: evil }, evil)
    safe.info({ id: evil }, evil)
    expect(log.lines.map(({ level }) => level)).toEqual(['error', 'warn', 'info'])
    for (const { details, message } of log.lines) {
      expect(message).toBe(harmless)
      expect(details).toMatchObject({ id: harmless })
    }
    expect(safe.isLevelEnabled).toBeUndefined()
    expect(safeLog({ ...log, isLevelEnabled: () => false }).isLevelEnabled?.('info')).toBe(false)
  })
})
