import { createServer, type AddressInfo, type Socket } from 'node:net'
import { Kafka, logLevel } from 'kafkajs'
import { describe, expect, it } from 'vitest'
import { RpcError } from '../../../lib/core/errors.ts'
import { neverRan } from '../../../lib/core/never-ran.ts'
import { readPartitions, type ReaderOptions } from '../../../lib/transports/kafka/reader/reader.ts'
import { atEnd } from './intake-support.ts'

/** Begins to read a topic's only partition, at brokers that the test has made up. */
async function failureOf(port: number, options: Partial<ReaderOptions> = {}): Promise<RpcError> {
  const kafka = new Kafka({
    brokers: [`127.0.0.1:${port}`],
    logLevel: logLevel.NOTHING,
    requestTimeout: 500,
    retry: { retries: 0 },
  })
  const reading = readPartitions(kafka, [{ topic: 'topic', choose: () => [0] }], {
    address: 'nowhere:1',
    groupId: 'group',
    offsets: async () => [{ partition: 0, offset: '0' }],
    onMessage() {},
    onLost: (reason) => expect.unreachable(String(reason)),
    onBack: () => expect.unreachable(),
    connectTimeoutMs: 30_000,
    ...options,
  })
  const error = await reading.catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(RpcError)
  return error as RpcError
}

/** A broker that takes connections and says nothing. */
async function silentPort(): Promise<number> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => void sockets.add(socket))
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  atEnd(async () => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

async function deadPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** What kafkajs says of a topic whose leader is not known yet. */
function notReady(): Error {
  return Object.assign(new Error('not the leader'), { type: 'NOT_LEADER_FOR_PARTITION', retriable: true })
}

describe('a reader of partitions that cannot begin', () => {
  it('says that no broker listens', async () => {
    const error = await failureOf(await deadPort())
    expect(error).toMatchObject({ code: 'UNAVAILABLE', message: expect.stringContaining('ECONNREFUSED') })
    expect(neverRan(error)).toBe(true)
  })

  it('says that nobody answers in time', async () => {
    const error = await failureOf(await silentPort(), { connectTimeoutMs: 100 })
    expect(error.code).toBe('UNAVAILABLE')
    expect(error.message).toMatch(/^nowhere:1: no answer in 100 ms/)
    expect(neverRan(error)).toBe(true)
  })

  it('says why the ends of a topic are not to be had, and joins no group', async () => {
    const reason = new RpcError('NOT_FOUND', 'no such topic')
    expect(await failureOf(1, { offsets: () => Promise.reject(reason) })).toBe(reason)
  })

  it('asks again for as long as a broker is not ready', async () => {
    const answers = [notReady(), notReady(), new RpcError('NOT_FOUND', 'no such topic')]
    const error = await failureOf(1, { offsets: () => Promise.reject(answers.shift()!) })
    expect(error.message).toBe('no such topic')
    expect(answers).toStrictEqual([])
  })

  it('gives up with the reason of its signal', async () => {
    const reason = new RpcError('CANCELLED', 'the client was closed')
    const controller = new AbortController()
    const offsets = async () => {
      controller.abort(reason)
      return [{ partition: 0, offset: '0' }]
    }
    expect(await failureOf(await silentPort(), { offsets, signal: controller.signal })).toBe(reason)
    expect(await failureOf(1, { signal: AbortSignal.abort(reason) })).toBe(reason)
  })
})

it('a reader of no partitions connects nowhere', async () => {
  const kafka = new Kafka({ brokers: ['127.0.0.1:1'], logLevel: logLevel.NOTHING })
  const reader = await readPartitions(kafka, [{ topic: 'topic', choose: () => [] }], {
    address: 'nowhere:1',
    groupId: 'group',
    offsets: async () => [{ partition: 0, offset: '0' }],
    onMessage() {},
    onLost() {},
    onBack() {},
    connectTimeoutMs: 30_000,
  })
  expect(reader.partitions.size).toBe(0)
  await reader.close()
})
