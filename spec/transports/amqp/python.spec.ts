/** Python's pika, Debian's under Debian's own Python, as the other end. */
import { spawn, spawnSync } from 'node:child_process'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { expect, it, onTestFinished } from 'vitest'
import { describeWhereThere } from '../../describe-where-there.ts'
import { describeRabbitMq } from '../../brokers/rabbitmq.ts'
import { clientOf, freshQueue, start } from './support.ts'

/** Debian's own: its packages are there for no other. */
const python = '/usr/bin/python3'

const hasPika = spawnSync(python, ['-c', 'import pika'], { stdio: 'ignore' }).status === 0
const missing = hasPika ? undefined : { reason: 'pika is missing: npm run setup:brokers' }

/** Runs a script; the values that it prints, one a line. */
function run(script: string, ...args: readonly string[]) {
  const child = spawn(python, ['-u', path.resolve('spec/transports/amqp', script), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  let complaints = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text))
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  const next = async (): Promise<any> => {
    const { done, value } = await lines.next()
    if (done === true) throw new Error(`${script} has ended: ${complaints}`)
    return JSON.parse(value) as unknown
  }
  return { next }
}

describeWhereThere("Python's pika", missing, () => {
  describeRabbitMq('over RabbitMQ', (broker) => {
    it('calls a server of ours: all four patterns and failures', async () => {
      const queue = freshQueue(broker.url)
      const { seen } = await start({ url: broker.url, queue })
      const client = run('python-client.py', broker.url, queue, 'calls')
      const answer = (method: string, payload: unknown, error: unknown = null, status_code = 0) => ({
        type: 'response',
        service: 'words',
        method,
        payload,
        error,
        status_code,
      })
      expect(await client.next()).toEqual(answer('echo', { text: 'ü' }))
      expect(await client.next()).toEqual(answer('fail', null, 'gone', 5))
      expect(await client.next()).toEqual(answer('echo', null, expect.stringContaining('/text'), 3))
      expect(await client.next()).toEqual(answer('nothing', null, expect.any(String), 12))
      expect(await client.next()).toEqual(answer('count', [{ value: 0 }, { value: 1 }, { value: 2 }]))
      expect(await client.next()).toEqual(answer('sum', { value: 3 }))
      expect(await client.next()).toEqual(answer('double', [{ value: 2 }, { value: 4 }]))
      expect(await client.next()).toEqual(answer('double', []))
      expect(seen).toEqual(['ü', 'count ended'])
    })

    it('answers a client of ours: single messages with no option, streams as arrays by peer: python', async () => {
      const queue = freshQueue(broker.url)
      const server = run('python-server.py', broker.url, queue)
      expect(await server.next()).toBe('ready')
      const plain = clientOf({ url: broker.url, queue, openTimeoutMs: 300 }, { retry: false })
      expect(await plain.words.echo({ text: 'ü' }, { metadata: { 'x-a': 'b' }, timeoutMs: 9_000 })).toEqual({
        text: 'ü',
      })
      const { envelope, keys } = await server.next()
      expect(keys).toEqual(['type', 'service', 'method', 'id', 'payload', 'metadata', 'error', 'status_code'])
      expect(envelope).toMatchObject({
        type: 'request',
        service: 'words',
        method: 'echo',
        id: expect.stringMatching(/^[0-9a-f]{32}$/),
        payload: { text: 'ü' },
        metadata: { 'x-a': 'b', 'timeout-ms': expect.stringMatching(/^(8\d{3}|9000)$/) },
        error: null,
        status_code: 0,
      })
      await expect(plain.words.fail({ text: 'gone' })).rejects.toMatchObject({
        code: 'NOT_FOUND',
        message: 'gone',
      })
      await server.next()
      // Dropped by it, and not run.
      await expect(plain.words.sum([{ value: 1 }])).rejects.toMatchObject({
        code: 'UNAVAILABLE',
        message: expect.stringContaining("amqp({ peer: 'python' })"),
      })
      expect((await server.next()).envelope).toMatchObject({ type: 'open', method: 'sum' })

      const client = clientOf({ url: broker.url, queue, peer: 'python' }, { retry: false })
      const all = async (items: AsyncIterable<unknown>): Promise<unknown[]> => {
        const list: unknown[] = []
        for await (const item of items) list.push(item)
        return list
      }
      expect(await all(client.words.count({ value: 2 }))).toEqual([{ value: 0 }, { value: 1 }])
      expect(await client.words.sum([{ value: 1 }, { value: 2 }])).toEqual({ value: 3 })
      expect(await all(client.words.double([{ value: 1 }, { value: 2 }]))).toEqual([
        { value: 2 },
        { value: 4 },
      ])
      await server.next()
      expect((await server.next()).envelope).toMatchObject({
        type: 'request',
        payload: [{ value: 1 }, { value: 2 }],
      })
    })
  })
})
