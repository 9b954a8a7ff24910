/** Python's kafka-python, Debian's under Debian's own Python, as the other end, on the topics that the Python package has. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { expect, it, onTestFinished } from 'vitest'
import { describeWhereThere } from '../../describe-where-there.ts'
import { describeOwnKafka } from '../../brokers/kafka.ts'
import { recordsOf } from './topic-records.ts'
import { startWords, wordsClient } from './words-app.ts'

/** Debian's own: its packages are there for no other. */
const python = '/usr/bin/python3'

const hasKafka = spawnSync(python, ['-c', 'import kafka'], { stdio: 'ignore' }).status === 0
const missing = hasKafka ? undefined : { reason: 'kafka-python is missing: npm run setup:brokers' }

/** A group's members may have to be waited for, on a busy machine. */
const patient = { timeout: 60_000 }

/** Runs a script; the values that it prints, one a line. */
function run(script: string, ...args: readonly string[]) {
  const child = spawn(python, ['-u', path.resolve('spec/transports/kafka', script), ...args], {
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
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM')
    if (child.exitCode === null) await once(child, 'exit')
  }
  return { next, stop }
}

const envelopeKeys = ['type', 'service', 'method', 'id', 'payload', 'metadata', 'error', 'status_code']

function answer(method: string, payload: unknown, error: unknown = null, status_code = 0) {
  return {
    topic: 'microapi-responses',
    keys: envelopeKeys,
    type: 'response',
    service: 'words',
    method,
    payload,
    metadata: {},
    error,
    status_code,
  }
}

async function all(items: AsyncIterable<unknown>): Promise<unknown[]> {
  const list: unknown[] = []
  for await (const item of items) list.push(item)
  return list
}

describeWhereThere("Python's kafka-python", missing, () => {
  // The topics of the Python package, which come into being when they are asked for, as Kafka has it by default.
  describeOwnKafka('over Kafka', { autoCreateTopics: true }, (cluster) => {
    const url = (): string => `kafka://${cluster().brokers.join(',')}`

    it(
      'answers a client of ours: single messages with no option, streams as arrays by peer: python',
      patient,
      async () => {
        const server = run('python-server.py', cluster().brokers.join(','))
        expect(await server.next()).toBe('ready')
        const plain = wordsClient({ url: url(), openTimeoutMs: 300 })
        expect(
          await plain.words.echo({ text: 'ü' }, { metadata: { 'x-a': 'b' }, timeoutMs: 29_000 }),
        ).toEqual({
          text: 'ü',
        })
        const { envelope, keys } = await server.next()
        expect(keys).toEqual(envelopeKeys)
        expect(envelope).toEqual({
          type: 'request',
          service: 'words',
          method: 'echo',
          id: expect.stringMatching(/^[0-9a-f]{32}$/),
          payload: { text: 'ü' },
          metadata: {
            'x-a': 'b',
            reply_topic: 'microapi-responses',
            'timeout-ms': expect.stringMatching(/^\d{4,5}$/),
          },
          error: null,
          status_code: 0,
        })
        await expect(plain.words.fail({ text: 'gone' })).rejects.toMatchObject({
          code: 'NOT_FOUND',
          message: 'gone',
        })
        await server.next()
        await expect(plain.words.long({ value: 1 })).rejects.toMatchObject({
          code: 'NOT_FOUND',
          message: 'Method not found',
        })
        await server.next()
        // Dropped by it, and not run.
        await expect(plain.words.sum([{ value: 1 }])).rejects.toMatchObject({
          code: 'UNAVAILABLE',
          message: expect.stringContaining("kafka({ peer: 'python' })"),
        })
        expect((await server.next()).envelope).toMatchObject({ type: 'open', method: 'sum' })

        const client = wordsClient({ url: url(), peer: 'python' })
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
        // Who comes next in its group is to read nothing twice.
        await server.stop()
      },
    )

    it('calls a server of ours: all four patterns and failures', patient, async () => {
      const { seen, log } = await startWords({ url: url() })
      const client = run('python-client.py', cluster().brokers.join(','), 'calls')
      expect(await client.next()).toEqual(answer('echo', { text: 'ü' }))
      expect(await client.next()).toEqual(answer('fail', null, 'gone', 5))
      expect(await client.next()).toEqual(answer('echo', null, expect.stringContaining('/text'), 3))
      expect(await client.next()).toEqual(answer('nothing', null, expect.any(String), 12))
      expect(await client.next()).toEqual(answer('count', [{ value: 0 }, { value: 1 }, { value: 2 }]))
      expect(await client.next()).toEqual(answer('sum', { value: 3 }))
      expect(await client.next()).toEqual(answer('double', [{ value: 2 }, { value: 4 }]))
      expect(await client.next()).toEqual(answer('double', []))
      expect(seen).toEqual(['ü', 'count ended'])
      const dropped = log.lines.filter(({ message }) => message.includes('no envelope'))
      expect(dropped).toHaveLength(2)
    })

    it('is answered where its metadata say', patient, async () => {
      const { seen } = await startWords({ url: url() })
      const client = run('python-client.py', cluster().brokers.join(','), 'named')
      expect(await client.next()).toEqual({ ...answer('echo', { text: 'ü' }), topic: 'spec-replies' })
      expect(seen).toEqual(['ü'])
    })

    it('finds nothing but envelopes in the topics that both share, whatever we send', patient, async () => {
      const { seen } = await startWords({ url: url() })
      const client = wordsClient({ url: url() })
      expect(await client.words.echo({ text: 'a' })).toEqual({ text: 'a' })
      expect(await all(client.words.double([{ value: 1 }]))).toEqual([{ value: 2 }])
      for await (const { value } of client.words.count({ value: 1_000_000 })) if (value === 5_000) break
      await expect(client.words.echo({ text: 'a' }, { timeoutMs: 1 })).rejects.toMatchObject({
        code: 'DEADLINE_EXCEEDED',
      })
      await client.words.heard.publish({ text: 'an event' })
      await expect.poll(() => seen, patient).toContain('an event')
      await client.close()

      const written = [
        ...(await recordsOf(cluster().brokers, 'microapi-requests')),
        ...(await recordsOf(cluster().brokers, 'microapi-responses')),
      ].map(({ value }) => value)
      // Python's own, of the case before.
      const ours = written.filter((value) => value !== 'no JSON' && value !== '[1, 2]')
      expect(ours.length).toBeGreaterThan(20)
      for (const value of ours) expect(JSON.parse(value)).toMatchObject({ type: expect.any(String) })
    })
  })
})
