import type { Admin } from 'kafkajs'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { borrowAdmin } from '../../../lib/transports/kafka/connection/admins.ts'
import type { KafkaLike } from '../../../lib/transports/kafka/connection/kafka-like.ts'

/** Makes admins, each of which connects as `connect` says. */
function kafkaWith(
  connect: () => Promise<void> = async () => {},
  fetchTopicOffsets: (topic: string) => Promise<unknown> = async () => [],
) {
  const admins: { ended: number }[] = []
  const kafka = {
    admin: () => {
      const one = { ended: 0, connect, fetchTopicOffsets, disconnect: async () => void one.ended++ }
      admins.push(one)
      return one as unknown as Admin
    },
  } as unknown as KafkaLike
  return { kafka, admins }
}

describe('an admin that is borrowed', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('is that of others, and ends a moment after the last gave it back', async () => {
    const { kafka, admins } = kafkaWith()
    const [first, second] = [borrowAdmin(kafka), borrowAdmin(kafka)]
    await Promise.all([first.connect(), second.connect()])
    expect(second.admin).toBe(first.admin)
    await first.disconnect()
    await first.disconnect()
    await vi.advanceTimersByTimeAsync(10_000)
    expect(admins).toEqual([expect.objectContaining({ ended: 0 })])
    await second.disconnect()
    const third = borrowAdmin(kafka)
    await vi.advanceTimersByTimeAsync(10_000)
    expect(third.admin).toBe(first.admin)
    await third.disconnect()
    await vi.advanceTimersByTimeAsync(10_000)
    expect(admins).toEqual([expect.objectContaining({ ended: 1 })])
    borrowAdmin(kafka)
    expect(admins).toHaveLength(2)
  })

  it('is asked one thing after the other, whatever comes of it', async () => {
    const asked: string[] = []
    const answers: (() => void)[] = []
    const { kafka } = kafkaWith(undefined, (topic) => {
      asked.push(topic)
      return new Promise((resolve, reject) =>
        answers.push(topic === 'b' ? () => reject(new Error(topic)) : () => resolve(topic)),
      )
    })
    const { admin } = borrowAdmin(kafka)
    const all = ['a', 'b', 'c'].map((topic) => borrowAdmin(kafka).admin.fetchTopicOffsets(topic))
    const settled = Promise.allSettled(all)
    await vi.waitFor(() => expect(asked).toEqual(['a']))
    for (const more of [
      ['a', 'b'],
      ['a', 'b', 'c'],
    ]) {
      answers.shift()!()
      await vi.waitFor(() => expect(asked).toEqual(more))
    }
    answers.shift()!()
    expect(await settled).toMatchObject([{ value: 'a' }, { reason: new Error('b') }, { value: 'c' }])
    expect(admin).toBe(borrowAdmin(kafka).admin)
  })

  it('is asked with all that belongs to a question', async () => {
    const fetchTopicOffsetsByTimestamp = vi.fn<(topic: string, time: number) => Promise<never[]>>(
      async () => [],
    )
    const admin = { connect: async () => {}, fetchTopicOffsetsByTimestamp }
    const kafka = { admin: () => admin } as unknown as KafkaLike
    await borrowAdmin(kafka).admin.fetchTopicOffsetsByTimestamp('a', 5)
    expect(fetchTopicOffsetsByTimestamp).toHaveBeenCalledWith('a', 5)
  })

  it('goes to nobody else once something has failed with it, and ends with its last user', async () => {
    const { kafka, admins } = kafkaWith()
    const [first, second] = [borrowAdmin(kafka), borrowAdmin(kafka)]
    first.spoil()
    expect(borrowAdmin(kafka).admin).not.toBe(first.admin)
    await first.disconnect()
    expect(admins[0]).toMatchObject({ ended: 0 })
    await second.disconnect()
    expect(admins[0]).toMatchObject({ ended: 1 })
    expect(admins[1]).toMatchObject({ ended: 0 })
  })

  it('is not the next one’s where it could not be connected, or not in time', async () => {
    const refused = kafkaWith(() => Promise.reject(new Error('refused')))
    const first = borrowAdmin(refused.kafka)
    await expect(first.connect()).rejects.toThrow('refused')
    borrowAdmin(refused.kafka)
      .connect()
      .catch(() => {})
    expect(refused.admins).toHaveLength(2)

    const hanging = kafkaWith(() => new Promise(() => {}))
    const patient = borrowAdmin(hanging.kafka)
    void patient.connect()
    await patient.disconnect()
    expect(hanging.admins).toEqual([expect.objectContaining({ ended: 1 })])
    void borrowAdmin(hanging.kafka).connect()
    expect(hanging.admins).toHaveLength(2)
  })
})
