/** The protocol alone: what needs no topics made to measure, nothing on disk and no second broker. It runs on the mock cluster too. */
import { randomBytes } from 'node:crypto'
import { expect, it, vi } from 'vitest'
import { describeKafkaProtocol } from '../../brokers/kafka.ts'
import { startWords, wordsClient } from './words-app.ts'

/** What a busy machine may take for a case, for a call, and for what is waited for. */
const slow = { timeout: 60_000 }
const ample = { timeoutMs: 50_000, retry: false } as const
const patient = { timeout: 50_000, interval: 20 }

const upTo = (count: number): { value: number }[] => Array.from({ length: count }, (_, value) => ({ value }))

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}

describeKafkaProtocol('Kafka carries', (connection) => {
  /** Topics and a group of one case alone. */
  const fresh = () => {
    const topic = `protocol-${randomBytes(6).toString('hex')}`
    const names = { topic, groupId: topic, replyTopic: `${topic}-replies`, eventPrefix: `${topic}-events.` }
    return { ...connection(), ...names, createTopics: { partitions: 4 } }
  }

  it('calls, and how they fail', slow, async () => {
    const options = fresh()
    await startWords(options)
    const { words } = wordsClient(options, ample)
    expect(await words.echo({ text: 'grüße' })).toEqual({ text: 'grüße' })
    await expect(words.fail({ text: 'no such word' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: 'no such word',
    })
    const texts = upTo(100).map(({ value }) => ({ text: `${value}` }))
    expect(await Promise.all(texts.map((one) => words.echo(one)))).toEqual(texts)
    expect((await words.long({ value: 500_000 })).text).toHaveLength(500_000)
  })

  it('streams of every kind, and that their reader has left', slow, async () => {
    const options = fresh()
    const { seen } = await startWords(options)
    const { words } = wordsClient(options, ample)
    expect(await all(words.count({ value: 300 }))).toEqual(upTo(300))
    expect(await words.sum(upTo(200))).toEqual({ value: 19_900 })
    expect(await all(words.double(upTo(3)))).toEqual([{ value: 0 }, { value: 2 }, { value: 4 }])
    seen.length = 0
    for await (const { value } of words.count({ value: 1_000_000 })) if (value === 3) break
    await vi.waitFor(() => expect(seen).toEqual(['count ended']), patient)
  })

  it('events, those of one key in their order', slow, async () => {
    const options = fresh()
    const { seen } = await startWords(options)
    const { words } = wordsClient(options, ample)
    const texts = upTo(20).map(({ value }) => `${value}`)
    for (const text of texts) await words.heard.publish({ text }, { key: 'one' })
    await vi.waitFor(() => expect(seen).toEqual(texts), patient)
  })

  it('requests to the servers of a group, each to one of them', slow, async () => {
    const options = fresh()
    const servers = [await startWords(options), await startWords(options)]
    const { words } = wordsClient(options, ample)
    const echo = (texts: readonly string[]) => Promise.all(texts.map((text) => words.echo({ text })))
    // While the group shares out its partitions, a request may be handled again, or fail.
    let round = 0
    await vi.waitFor(async () => {
      round++
      await echo(upTo(16).map(({ value }) => `early ${round} ${value}`))
      for (const { seen } of servers) expect(seen).not.toEqual([])
    }, patient)
    const texts = upTo(16).map(({ value }) => `late ${value}`)
    await echo(texts)
    const late = servers.map(({ seen }) => seen.filter((text) => text.startsWith('late')))
    for (const part of late) expect(part).not.toEqual([])
    expect(late.flat().toSorted()).toEqual(texts.toSorted())
  })

  it('to the next server of a group what none before it has finished', slow, async () => {
    const options = fresh()
    const first = await startWords(options)
    const { words } = wordsClient(options, ample)
    await words.echo({ text: 'first' })
    await first.server.close()
    const waiting = words.echo({ text: 'second' })
    const second = await startWords(options)
    expect(await waiting).toEqual({ text: 'second' })
    expect([first.seen, second.seen]).toEqual([['first'], ['second']])
  })
})
