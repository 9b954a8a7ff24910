import type { KafkaMessage } from 'kafkajs'
import type { Invoke } from '../../core/call.ts'
import type { Description, Listener } from '../../core/transport.ts'
import { cancelMessage, sessionEnd, sessionMessage } from '../../wire/broker/message-kinds.ts'
import { createRunning, type Running } from '../../wire/broker/running.ts'
import { createServerSessions, type ServerSessions } from '../../wire/broker/server-sessions.ts'
import { systemClock } from '../../wire/session/clock.ts'
import { readAddress } from './address.ts'
import { answerSender, refuser, type Refuses } from './handling/answers.ts'
import { createFailedRecords } from './handling/failed-records.ts'
import { openInbox } from './inbox/inbox.ts'
import { openIntake, type Intake } from './intake/intake.ts'
import { loadKafka } from './connection/load.ts'
import type { KafkaSettings } from './options.ts'
import {
  cancelTopic,
  idHeader,
  numberHeader,
  readHeader,
  readNumber,
  replyToHeader,
  typeHeader,
} from './protocol.ts'
import { openPublisher } from './publisher/publisher.ts'
import { serverCarrier } from './server-carrier.ts'
import { ensureTopics } from './topics.ts'
import { sourceGroupsOf, topicsOf, wantedTopics, type Source, type SourceGroup } from './topics-of.ts'
import { createTransactions, type Transactions } from './handling/transactions.ts'
import { createWork, type Work } from './handling/work.ts'

/** How long what runs may take to be answered when the server closes, in ms. */
const lastAnswersMs = 1_000

const peer = { transport: 'kafka' }

/** Serves from topics, and comes back when the brokers do. Rejects with an RpcError where they cannot be reached at the start. */
export async function serveKafka(
  invoke: Invoke,
  describe: Description | undefined,
  settings: KafkaSettings,
): Promise<Listener> {
  const { address, topic, topicPer, maxMessageBytes, maxDepth, maxBufferedBytes, leaseMs, exactlyOnce, log } =
    settings
  const groups = sourceGroupsOf(settings, describe)
  if (exactlyOnce) refuseBatches(groups)
  const kafka = await loadKafka(settings)
  await ensureTopics(kafka, wantedTopics(groups, settings), settings)
  const refuses = refuser(new Set(groups.flatMap(({ sources }) => sources.flatMap(topicsOf))))
  const limits = { maxMessageBytes, maxDepth, clock: systemClock, negotiated: true }
  const running = createRunning()
  const publisher = await openPublisher(kafka, settings)
  const closers: (() => Promise<void>)[] = [() => publisher.close()]
  try {
    const sessions = createServerSessions({
      invoke,
      describe,
      peer,
      settings: limits,
      maxBufferedBytes,
      leaseMs,
      carrier: serverCarrier(publisher),
    })
    closers.unshift(async () => sessions.close())
    // What comes before all is there.
    const early: Parameters<Work['take']>[] = []
    let take: Work['take'] = (...given) => void early.push(given)
    // At once: brokers hold back every new group for some seconds.
    const opening = openInbox(kafka, {
      settings,
      topics: [cancelTopic(topic)],
      onMessage: (_, message) => hear(message, { sessions, running, refuses }),
    })
    const transactions: Transactions[] = []
    const closeAll = () => transactions.map((one) => one.close())
    const joining = groups.map((group) => join(group, (...given) => take(...given), transactions))
    closers.unshift(async () => {
      const [opened, ...joined] = await Promise.allSettled([opening, ...joining])
      await Promise.all(joined.map(async (one) => one.status === 'fulfilled' && one.value.stop(0)))
      if (opened.status === 'fulfilled') await opened.value.close()
      await Promise.all(closeAll())
    })
    const [inbox, intakes] = await Promise.all([opening, Promise.all(joining)])
    const work = createWork({
      context: {
        invoke,
        describe,
        peer,
        running,
        own: inbox.address,
        maxBodyBytes: maxMessageBytes + 65_536,
        settings: limits,
        hiddenMetadata: 'reply_topic',
        log,
      },
      failed: createFailedRecords(publisher, (name) => ensureTopics(kafka, [{ topic: name }], settings), log),
      answer: answerSender(publisher, { refuses, log }),
    })
    take = work.take
    for (const given of early) take(...given)
    const stopAll = (ms: number) => Promise.all(intakes.map((intake) => intake.stop(ms)))
    return {
      url: `${address}?topic=${encodeURIComponent(topic)}${topicPer ? `&topicPer=${topicPer}` : ''}`,
      async stop() {
        work.stop()
        for (const intake of intakes) intake.pause()
      },
      async close() {
        work.stop()
        await work.idle(lastAnswersMs)
        sessions.close()
        await Promise.all([stopAll(0), inbox.close(), publisher.close(), ...closeAll()])
      },
    }
  } catch (error) {
    for (const close of closers) await close()
    throw error
  }

  function join(
    { groupId, sources, isOfEvents }: SourceGroup,
    take: Work['take'],
    all: Transactions[],
  ): Promise<Intake> {
    const own = exactlyOnce && isOfEvents ? createTransactions(kafka, settings, groupId) : undefined
    if (own) all.push(own)
    const byTopic = new Map<string, Source>()
    for (const source of sources) for (const name of topicsOf(source)) byTopic.set(name, source)
    const { from, prefetch, sessionTimeoutMs, heartbeatMs } = settings
    return openIntake(kafka, {
      groupId,
      topics: [...byTopic.keys()],
      from,
      prefetch,
      maxBytes,
      sessionTimeoutMs,
      heartbeatMs,
      log,
      onRecord: (record) => take(record, byTopic.get(record.claim.topic)!, own),
      ...(own && { beforeReading: (claim) => own.fence(claim), commitsElsewhere: true }),
    })
  }
}

/** Of one partition, fetched at once, at most, in bytes. */
const maxBytes = 1_048_576

/** What hears it. */
interface Hearers {
  readonly sessions: ServerSessions
  readonly running: Running
  readonly refuses: Refuses
}

function hear({ value, headers }: KafkaMessage, { sessions, running, refuses }: Hearers): void {
  const type = readHeader(headers, typeHeader)
  const id = readHeader(headers, idHeader) ?? ''
  if (type === cancelMessage) return running.cancel(id)
  if (type === sessionEnd) return sessions.lost(id)
  const number = readNumber(headers, numberHeader)
  if (type !== sessionMessage || number === undefined) return
  const replyTo = readHeader(headers, replyToHeader)
  const address = readAddress(replyTo)
  if (replyTo !== undefined && (!address || refuses(address.topic))) return
  sessions.receive({ session: id, number, replyTo, body: value?.toString() ?? '', bytes: value?.length ?? 0 })
}

/** Throws a TypeError for an event in batches: a transaction has one event. */
function refuseBatches(groups: readonly SourceGroup[]): void {
  const found = groups.flatMap(({ sources }) => sources).find(({ event }) => event?.options.batch)
  if (!found) return
  throw new TypeError(
    `kafka: exactlyOnce handles one event at a time, and ${found.topic} wants batches (rpc.eventBatch); use one of them`,
  )
}
