import kafkajs from 'kafkajs'
import { describe, expect, it, vi } from 'vitest'
import { whenReady } from '../../../lib/transports/kafka/reader/start.ts'

const { KafkaJSGroupCoordinatorNotFound, KafkaJSNonRetriableError } = kafkajs as unknown as Readonly<
  Record<string, new (message: string, options?: object) => Error>
>

/** What kafkajs says when it has asked its brokers often enough who looks after a group. */
const noCoordinator = () => new KafkaJSGroupCoordinatorNotFound!('Failed to find group coordinator')

describe('the first group that a cluster has', () => {
  it('is waited for, as for anything that a broker is not ready for', async () => {
    const begin = vi.fn<() => Promise<string>>(async () => 'there')
    begin.mockRejectedValueOnce(noCoordinator())
    begin.mockRejectedValueOnce(new KafkaJSNonRetriableError!('gave up', { cause: noCoordinator() }))
    expect(await whenReady(begin, new AbortController().signal)).toBe('there')
    expect(begin).toHaveBeenCalledTimes(3)
  })

  it('is not waited for once nobody wants it, nor is what will not pass', async () => {
    const ended = new AbortController()
    const waiting = whenReady(() => Promise.reject(noCoordinator()), ended.signal)
    ended.abort()
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' })
    const other = whenReady(() => Promise.reject(new Error('no')), new AbortController().signal)
    await expect(other).rejects.toThrow('no')
  })
})
