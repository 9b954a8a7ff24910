import { spawnSync } from 'node:child_process'
import { Type } from '@sinclair/typebox'
import Fastify from 'fastify'
import { createApp, createClient, defineService, Empty, rpc, RpcError, type Log } from 'microapi-ts'
import { createLog, type CreateLogOptions } from 'microapi-ts/logging'
import { requestLog } from 'microapi-ts/middleware'
import { pino } from 'pino'
import { afterEach, describe, expect, expectTypeOf, it, vi } from 'vitest'

const evil = '\u001b[31mred\r\n{"level":"info"}\u0085\u2028\u009b2J\u202e'
// oxlint-disable-next-line no-control-regex -- they are what it is about
const unsafe = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e]/
type Line = Record<string, any>

function logTo(lines: string[], options: CreateLogOptions = {}) {
  return createLog({ destination: { write: (text: string) => void lines.push(text) }, ...options })
}
const parsed = (lines: readonly string[]): Line[] => lines.map((line) => JSON.parse(line) as Line)

afterEach(() => {
  vi.unstubAllEnvs()
})

describe('JSON', () => {
  it('a line says its level, its time, its message and what stands beside it', () => {
    const lines: string[] = []
    const log = logTo(lines)
    log.warn({ id: 'a', ms: 1.5 }, 'slow')
    log.error(new RpcError('NOT_FOUND', 'none'))
    log.debug('not said')
    expect(lines).toHaveLength(2)
    expect(parsed(lines)[0]).toMatchObject({ level: 'warn', id: 'a', ms: 1.5, msg: 'slow' })
    expect(new Date(parsed(lines)[0]!['time'] as string).getTime()).toBeLessThanOrEqual(Date.now())
    const stack: unknown = expect.stringContaining('create-log.spec.ts')
    expect(parsed(lines)[1]).toMatchObject({
      level: 'error',
      error: { type: 'RpcError', message: 'none', code: 'NOT_FOUND', stack },
      msg: 'none',
    })
  })

  it('stays one line whatever is logged, and means the same', () => {
    const lines: string[] = []
    logTo(lines).info({ name: evil, deep: [{ evil }] }, evil)
    expect(lines[0]!.slice(0, -1)).not.toMatch(unsafe)
    expect(lines[0]!.slice(0, -1)).not.toContain('\n')
    expect(parsed(lines)[0]).toMatchObject({ name: evil, deep: [{ evil }], msg: evil })
  })

  it('names that mostly stand for secrets are redacted, and what is asked for', () => {
    const lines: string[] = []
    const input = { password: 'secret 1', iban: 'secret 2' }
    logTo(lines, { redact: ['input.iban'] }).info({ authorization: 'secret 3', input })
    expect(lines[0]).not.toContain('secret ')
    expect(parsed(lines)[0]).toMatchObject({ authorization: '[redacted]', input: { password: '[redacted]' } })
    expect(input.password).toBe('secret 1')
  })

  it('goes by MICROAPI_LOG_LEVEL, and by its own level before that', () => {
    vi.stubEnv('MICROAPI_LOG_LEVEL', 'error')
    expect(logTo([]).level).toBe('error')
    expect(logTo([], { level: 'debug' }).level).toBe('debug')
    expect(() => logTo([], { level: 'loud' })).toThrow(/loud/)
  })
})

describe('for people', () => {
  it('a call is a sentence, and an error keeps its stack', () => {
    const lines: string[] = []
    const log = logTo(lines, { pretty: true })
    const peer = { transport: 'http', address: '127.0.0.1' }
    log.info({ service: 'users', method: 'get', code: 'OK', ms: 1.2, id: 'a1', peer }, 'call')
    log.error({ id: 'a1', error: new Error('broken', { cause: new Error('inner') }) }, 'a handler failed')
    expect(lines[0]).toMatch(
      /^\[\d\d:\d\d:\d\d\.\d{3}] INFO: users\.get OK 1\.2 ms http 127\.0\.0\.1 {"id":"a1"}\n$/,
    )
    expect(lines[1]).toMatch(/ERROR: a handler failed {"id":"a1"}\n/)
    expect(lines[1]).toMatch(/Error: broken\n\s+at .*create-log\.spec\.ts/)
    expect(lines[1]).toContain('inner')
  })

  it('nothing that is logged can move the terminal or write a line of its own', () => {
    const lines: string[] = []
    const log = logTo(lines, { pretty: true })
    const error = new RpcError('NOT_FOUND', evil, { details: { [evil]: evil }, cause: new Error(evil) })
    log.error({ error, id: evil, deep: { list: [evil] }, [evil]: 1 }, evil)
    log.info(evil)
    log.error(new Error(evil))
    log.info(
      { service: evil, method: evil, code: evil, ms: 1, peer: { transport: evil, address: evil } },
      'call',
    )
    expect(lines).toHaveLength(4)
    for (const line of lines.join('').split('\n')) {
      expect(line).not.toMatch(unsafe)
      expect(line).not.toMatch(/^{"level"/)
    }
  })

  it('has no colour where its destination is no terminal', () => {
    const lines: string[] = []
    const write = (text: string): void => void lines.push(text)
    const coloured = Object.assign({ write }, { isTTY: true })
    logTo(lines, { pretty: true }).info('plain')
    logTo(lines, { pretty: true, destination: coloured }).info('bright')
    vi.stubEnv('NO_COLOR', '1')
    logTo(lines, { pretty: true, destination: coloured }).info('plain')
    expect(lines.map((line) => line.includes('\u001b['))).toEqual([false, true, false])
  })
})

describe('an app', () => {
  const numbers = defineService({
    one: rpc.unary(Empty, Type.Object({ n: Type.Integer() }), () => ({ n: 1 })),
    broken: rpc.unary(Empty, Empty, () => {
      throw new Error('out of order')
    }),
  })

  it('logs its calls and its failures there, under one id', async () => {
    const lines: string[] = []
    const log = logTo(lines)
    await using client = createClient(createApp({ services: { numbers }, log, use: [requestLog({ log })] }))
    await client.numbers.one()
    await client.numbers.broken(undefined, { metadata: { 'x-request-id': 'r-1' } }).catch(() => {})
    expect(parsed(lines)).toMatchObject([
      { level: 'info', method: 'one', code: 'OK', peer: { transport: 'memory' }, msg: 'call' },
      {
        level: 'error',
        method: 'broken',
        id: 'r-1',
        error: { message: 'out of order' },
        msg: 'a handler failed',
      },
      { level: 'info', method: 'broken', id: 'r-1', code: 'INTERNAL', msg: 'call' },
    ])
  })

  it('takes pino, console and the logger of fastify', async () => {
    expectTypeOf(pino()).toExtend<Log>()
    expectTypeOf(console).toExtend<Log>()
    expectTypeOf(Fastify().log).toExtend<Log>()
    const lines: string[] = []
    const stream = { write: (text: string) => void lines.push(text) }
    const fastify = Fastify({ logger: { stream } })
    for (const log of [pino({}, stream), fastify.log]) {
      const use = [requestLog({ log })]
      await using client = createClient(createApp({ services: { numbers }, log, use }))
      await client.numbers.broken().catch(() => {})
    }
    expect(parsed(lines).map(({ msg }) => msg as string)).toEqual([
      'a handler failed',
      'call',
      'a handler failed',
      'call',
    ])
  })
})

it('nobody loads pino who does not ask for it', { timeout: 60_000 }, () => {
  const script = `
    import Module from 'node:module'
    await import('microapi-ts')
    await import('microapi-ts/middleware')
    const loaded = Object.keys(Module._cache).filter((file) => /node_modules.(pino|pino-pretty|fastify)\\b/.test(file))
    console.log(JSON.stringify(loaded))
    process.exit(0)`
  const args = ['--import', 'tsx', '--input-type=module', '-e', script]
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  expect(stderr).toBe('')
  expect(JSON.parse(stdout)).toEqual([])
})
