import { createRequire } from 'node:module'
import type { Socket } from 'node:net'
import { Kafka, logLevel } from 'kafkajs'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { KafkaLike } from '../../../lib/transports/kafka/connection/kafka-like.ts'
import { calm } from '../../../lib/transports/kafka/connection/calm.ts'
import { freePort } from '../http/support.ts'

interface Queue {
  throttledUntil: number
  readonly pending: unknown[]
  checkPendingRequests(): void
  destroy(): void
}

interface Connection {
  socket: Socket | null
  connect(): Promise<boolean>
  disconnect(): Promise<boolean>
}

type QueueClass = new (options: object) => Queue

const require = createRequire(import.meta.url)
const Connection = require('kafkajs/src/network/connection') as new (options: object) => Connection
const socketFactory = require('kafkajs/src/network/socketFactory') as () => unknown

const RequestQueue = require('kafkajs/src/network/requestQueue') as QueueClass

function newConnection(port: number): Connection {
  const log = { debug() {}, error() {} }
  const logger = { ...log, namespace: () => log }
  return new Connection({
    host: '127.0.0.1',
    port,
    logger,
    connectionTimeout: 60_000,
    socketFactory: socketFactory(),
  })
}

function newQueue(): Queue {
  return new RequestQueue({ requestTimeout: 1_000, logger: { debug() {} }, clientId: 'c', broker: 'b' })
}

describe('calm', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('leaves no timer to a connection on which nothing waits, and lets what waits go', async () => {
    const before = newQueue()
    before.checkPendingRequests()
    expect(vi.getTimerCount(), 'kafkajs does not spin any more: calm has become needless').toBe(1)
    before.destroy()

    const kafka = new Kafka({ brokers: ['127.0.0.1:1'], logLevel: logLevel.NOTHING })
    await calm(kafka)
    await calm(kafka)
    const queue = newQueue()
    queue.checkPendingRequests()
    expect(vi.getTimerCount()).toBe(0)

    const send = vi.fn<() => void>()
    queue.pending.push({ send, expectResponse: true })
    queue.throttledUntil = Date.now() + 50
    queue.checkPendingRequests()
    vi.advanceTimersByTime(49)
    expect(send).not.toHaveBeenCalled()
    vi.advanceTimersByTime(2)
    expect(send).toHaveBeenCalledOnce()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('puts no listeners on the socket of a broker that is down, however often it disconnects', async () => {
    vi.useRealTimers()
    const kafka = new Kafka({ brokers: ['127.0.0.1:1'], logLevel: logLevel.NOTHING })
    await calm(kafka)
    const connection = newConnection(await freePort())
    const connecting = connection.connect()
    const { socket } = connection
    await expect(connecting).rejects.toThrow('ECONNREFUSED')
    const before = socket!.listenerCount('connect')
    for (let i = 0; i < 20; i++) await connection.disconnect()
    expect(socket!.listenerCount('connect')).toBe(before)
    // It can be connected again.
    await expect(connection.connect()).rejects.toThrow('ECONNREFUSED')
    expect(connection.socket).not.toBe(socket)
  })

  it('lets other libraries be', async () => {
    const other = {} as KafkaLike
    await expect(calm(other)).resolves.toBeUndefined()
    const odd = { [Symbol('private:Kafka:createCluster')]: () => ({}) } as unknown as KafkaLike
    await expect(calm(odd)).resolves.toBeUndefined()
  })
})
