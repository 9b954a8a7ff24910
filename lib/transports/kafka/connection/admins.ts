import type { Admin } from 'kafkajs'
import type { KafkaLike } from './kafka-like.ts'
import { disconnectWithin, type Connectable } from './load.ts'

/** A Kafka's admin, for one of those that use it at once. */
export interface BorrowedAdmin extends Connectable {
  /** Once it is connected. */
  readonly admin: Asking
  /** Something has failed with it, and what it knows of the brokers may be why: nobody else gets it. */
  spoil(): void
  /** Gives it back; the last one to do so ends its connections, a moment later. */
  disconnect(): Promise<void>
}

/**
 * What an admin is asked, one question after the other: kafkajs mixes up what it learns of topics where two are asked of at
 * once, and then finds no partitions.
 */
export type Asking = Pick<Admin, (typeof questions)[number]>

const questions = [
  'createTopics',
  'fetchOffsets',
  'fetchTopicMetadata',
  'fetchTopicOffsets',
  'fetchTopicOffsetsByTimestamp',
] as const

/** An admin that several use. */
interface SharedAdmin {
  readonly admin: Admin
  readonly asking: Asking
  readonly connecting: Promise<void>
  isConnected: boolean
  users: number
  timer: ReturnType<typeof setTimeout> | undefined
}

/** How long one stays that nobody uses, in ms: to begin with, a server needs one ten times. */
const lingerMs = 250

const current = new WeakMap<KafkaLike, SharedAdmin>()

/** Asks an admin that is connected for it. Rejects where the brokers do not answer. */
export async function askAdmin<T>(kafka: KafkaLike, ask: (admin: Asking) => Promise<T>): Promise<T> {
  const borrowed = borrowAdmin(kafka)
  try {
    await borrowed.connect()
    return await ask(borrowed.admin)
  } catch (error) {
    borrowed.spoil()
    throw error
  } finally {
    void borrowed.disconnect()
  }
}

/** Borrows an admin: the one that others have, or had a moment ago, where there is one. */
export function borrowAdmin(kafka: KafkaLike): BorrowedAdmin {
  const shared = current.get(kafka) ?? start(kafka)
  shared.users++
  clearTimeout(shared.timer)
  let isBack = false
  const retire = (): void => {
    if (current.get(kafka) === shared) current.delete(kafka)
  }
  const end = (): void => {
    retire()
    void disconnectWithin(shared.admin)
  }
  return {
    admin: shared.asking,
    async connect() {
      try {
        await shared.connecting
        shared.isConnected = true
      } catch (error) {
        retire()
        throw error
      }
    },
    spoil: retire,
    async disconnect() {
      if (isBack) return
      isBack = true
      // Who gave up waiting has learned something about it.
      if (!shared.isConnected) retire()
      if (--shared.users > 0) return
      if (current.get(kafka) !== shared) end()
      else shared.timer = setTimeout(end, lingerMs)
    },
  }
}

function start(kafka: KafkaLike): SharedAdmin {
  // Who uses it goes on for as long as it sees fit.
  const admin = kafka.admin({ retry: { retries: 2 } })
  const shared: SharedAdmin = {
    admin,
    asking: oneByOne(admin),
    connecting: admin.connect(),
    isConnected: false,
    users: 0,
    timer: undefined,
  }
  current.set(kafka, shared)
  return shared
}

function oneByOne(admin: Admin): Asking {
  let last: Promise<unknown> = Promise.resolve()
  const queued =
    (name: keyof Asking) =>
    (...asked: never[]) => {
      const ask = (): Promise<unknown> => (admin[name] as (...asked: never[]) => Promise<unknown>)(...asked)
      const answer = last.then(ask, ask)
      last = answer
      return answer
    }
  return Object.fromEntries(questions.map((name) => [name, queued(name)])) as unknown as Asking
}
