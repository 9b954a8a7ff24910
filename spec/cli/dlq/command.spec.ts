import { createServer, type AddressInfo } from 'node:net'
import { Type } from '@sinclair/typebox'
import { defineService, rpc, t } from 'microapi-ts'
import { describe, expect, it, vi } from 'vitest'
import { loadDescription } from '../../../lib/cli/dlq/described.ts'
import { startProgress } from '../../../lib/cli/dlq/progress.ts'
import { judge, readContent } from '../../../lib/cli/dlq/read-letter.ts'
import { cut, shown } from '../../../lib/cli/dlq/shown.ts'
import { readDeadError, readTime, type DeadLetter } from '../../../lib/wire/broker/dead-letters.ts'
import { described, dlq, slow } from './run.ts'

/** A port where nobody listens. */
async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

describe('microapi dlq', () => {
  it.each([
    [[], 2, /^$/],
    [['list'], 2, /missing required argument 'url'; microapi dlq --help says more/],
    [['show', 'amqp://localhost'], 2, /missing required argument 'name'/],
    [
      ['show', 'http://localhost:8080', 'a'],
      2,
      /http:\/\/localhost:8080 is no URL of RabbitMQ or Kafka, .* write amqp:\/\//,
    ],
    [['list', 'nonsense'], 2, /nonsense is no URL of RabbitMQ or Kafka/],
    [['list', 'https://u:secret@host'], 2, /https:\/\/u:…@host is no URL/],
    [['list', 'constructor://host'], 2, /is no URL of RabbitMQ or Kafka/],
    [['show', 'amqp://localhost?fast=1', 'a'], 2, /amqp: a URL takes queue, .*; there is no place for fast/],
    [['show', 'kafka://localhost/path', 'a'], 2, /kafka: .*there is no place for "\/path"/],
    [['show', 'amqp://localhost', 'a', '--limit', '0'], 2, /'0' is invalid. write a whole number above 0/],
    [['replay', 'amqp://localhost', 'a', '--from-start'], 2, /--from-start is for Kafka/],
    [['show', 'amqp://localhost', 'a', '--app', 'nowhere.ts'], 2, /there is no file nowhere\.ts/],
    [['purge', 'amqp://localhost', 'a'], 2, /unknown command 'purge'/],
  ])('%j', slow, async (args, exit, message) => {
    const ran = await dlq(args)
    expect(ran.exit).toBe(exit)
    if (args.length > 0) expect(ran.error).toMatch(/^microapi: [^\n]+\n$/)
    expect(ran.error.replace(/^Usage[\s\S]*/, '')).toMatch(message)
    expect(ran.error).not.toContain('secret')
  })

  it.each(['amqp', 'kafka'])('says that no broker of %s is there', slow, async (scheme) => {
    const url = `${scheme}://user:secret@127.0.0.1:${await freePort()}`
    for (const args of [
      ['list', url, 'a'],
      ['show', url, 'a'],
      ['replay', url, 'a'],
    ]) {
      const ran = await dlq(args)
      expect(ran).toMatchObject({ exit: 1, out: '' })
      expect(ran.error).toMatch(
        /^microapi: UNAVAILABLE: \w+:\/\/127\.0\.0\.1:\d+: [^\n]*; is the broker running, and is that its address\?\n$/,
      )
      expect(ran.error).not.toContain('secret')
    }
  })

  it('each command has help with examples', async () => {
    for (const name of ['list', 'show', 'replay']) {
      const { exit, out } = await dlq([name, '--help'])
      expect(exit).toBe(0)
      expect(out).toContain(`Examples:\n  microapi dlq ${name} `)
    }
  })
})

describe('what dead letters hold', () => {
  const letterOf = (content: string | undefined): DeadLetter => ({
    id: '1',
    error: undefined,
    attempts: undefined,
    failedAt: undefined,
    sentTo: {},
    content: content === undefined ? undefined : new TextEncoder().encode(content),
    isReplayed: false,
  })

  it('is judged by what a description says, defaults and times too, and shown as it came', async () => {
    const Visit = Type.Object(
      {
        at: t.DateTime(),
        pages: t.Default(Type.Integer(), 1),
        deep: Type.Optional(Type.Object({ n: Type.Integer() })),
      },
      { additionalProperties: false },
    )
    const file = described({ visits: defineService({ seen: rpc.event(Visit) }) })
    const app = await loadDescription(file, { print: () => {}, warn: () => {} })
    const judged = (payload: unknown) => {
      const letter = letterOf(JSON.stringify({ type: 'request', service: 'visits', method: 'seen', payload }))
      const content = readContent(letter)
      const verdict = judge(letter, content, app)
      expect(content.payload).toBe(JSON.stringify(payload))
      return verdict
    }
    expect(judged({ at: '2026-01-01T00:00:00.000Z' })).toEqual({ valid: true })
    expect(judged({ at: 'yesterday' })).toMatchObject({ valid: false, pointer: '/at' })
    expect(judged({ at: '2026-01-01T00:00:00.000Z', deep: { n: '1' } })).toMatchObject({ pointer: '/deep/n' })
    expect(judged({ at: '2026-01-01T00:00:00.000Z', more: 1 })).toMatchObject({ valid: false })
    expect(judge(letterOf(undefined), readContent(letterOf(undefined)), undefined)).toMatchObject({
      isEmpty: true,
    })
    const answer = letterOf('{"type":"response","payload":{}}')
    expect(judge(answer, readContent(answer), app)).toMatchObject({ valid: false })
  })

  it('is read from headers, whatever stands there', () => {
    expect(readDeadError(undefined)).toBeUndefined()
    expect(readDeadError('{"code":"INTERNAL","message":"no"}')).toEqual({ code: 'INTERNAL', message: 'no' })
    for (const broken of ['', 'null', '[]', '{"code":5,"message":"no"}', '{'])
      expect(readDeadError(broken)).toEqual({ code: 'UNKNOWN', message: broken })
    expect(readDeadError(5)).toEqual({ code: 'UNKNOWN', message: '5' })
    for (const none of [undefined, 0, -1, NaN, Infinity, 1e300, '5']) expect(readTime(none)).toBeUndefined()
  })

  it('does nothing to a terminal, and is cut with a mark', () => {
    expect(shown('a\u001B[2J\u0085\u2066b\uD800')).toBe('a\\u001b[2J\\u0085\\u2066b\\ud800')
    expect(shown('ä 😀')).toBe('ä 😀')
    expect(cut('x'.repeat(20), 20)).toBe('x'.repeat(20))
    expect(cut('x'.repeat(1_234), 3)).toBe('xxx… (1,234 characters; --json writes them all)')
  })
})

it('progress is written to terminals alone, and taken away', () => {
  const write = vi.fn<(text: string) => void>()
  const piped = startProgress({ write })
  piped.tell('1 of 2')
  piped.clear()
  expect(write).not.toHaveBeenCalled()
  const seen = startProgress({ isTTY: true, write })
  seen.tell('1 of 2')
  seen.clear()
  seen.clear()
  expect(write.mock.calls.flat()).toEqual(['1 of 2', '\r\u001B[K'])
})
