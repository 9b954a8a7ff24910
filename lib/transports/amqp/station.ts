import { randomBytes } from 'node:crypto'
import type { ConsumeMessage } from 'amqplib'
import type { Invoke } from '../../core/call.ts'
import type { RpcError } from '../../core/errors.ts'
import type { Description } from '../../core/transport.ts'
import { systemClock } from '../../wire/session/clock.ts'
import { cancelMessage, sessionEnd, sessionMessage } from '../../wire/broker/message-kinds.ts'
import { createIntake } from './intake.ts'
import { openLink, throwIf, type Link } from './link.ts'
import { readCount } from '../../wire/broker/read-body.ts'
import { createRunning } from '../../wire/broker/running.ts'
import { createServerSessions, type ServerSessions } from '../../wire/broker/server-sessions.ts'
import type { AmqpSettings } from './options.ts'
import { cancelExchange } from './protocol.ts'
import { serverCarrier } from './server-carrier.ts'
import { declareSource, type Source } from './sources.ts'

/** What a server is, whichever connection it has. */
export interface StationOptions {
  readonly invoke: Invoke
  readonly describe: Description | undefined
  readonly sources: readonly Source[]
  readonly settings: AmqpSettings
}

/** A server at its broker, for as long as its connections last. */
export interface Station {
  /** Takes no more requests; what came and was not begun goes back to its queue. */
  stop(): Promise<void>
  /** Waits for what is being answered, and ends the connections. */
  close(): Promise<void>
}

const peer = { transport: 'amqp' }

/** How long the last answers may take to be confirmed before the connections are closed around them, in ms. */
const lastAnswersMs = 1_000

/**
 * Connects, declares and consumes; `lost` hears once of the end. One connection takes in and one sends, since the broker
 * blocks those that send, and acknowledgements must go on. Rejects with an RpcError where it cannot.
 */
export async function openStation(
  options: StationOptions,
  lost: (reason: RpcError) => void,
): Promise<Station> {
  const links: Link[] = []
  let failure: RpcError | undefined
  let isOpen = false
  let onOver = (): void => {}
  const over = (reason: RpcError): void => {
    if (failure) return
    failure = reason
    onOver()
    for (const link of links) link.fail(reason)
    if (isOpen) lost(reason)
  }
  try {
    links.push(await openLink(options.settings, over))
    links.push(await openLink(options.settings, over))
    const [incoming, outgoing] = links as [Link, Link]
    const station = await work(options, { incoming, outgoing }, (hook) => (onOver = hook))
    // Lost while the last of it was done.
    throwIf(failure)
    isOpen = true
    return station
  } catch (error) {
    onOver()
    await Promise.all(links.map((link) => link.close()))
    throw error
  }
}

async function work(
  { invoke, describe, sources, settings }: StationOptions,
  { incoming, outgoing }: { readonly incoming: Link; readonly outgoing: Link },
  whenOver: (hook: () => void) => void,
): Promise<Station> {
  const { maxMessageBytes, maxDepth, maxBodyBytes, maxBufferedBytes, leaseMs, log } = settings
  const requests = await incoming.channel()
  const inbox = await incoming.channel()
  const answers = await outgoing.confirmChannel()
  const own = `${settings.queue}.${randomBytes(8).toString('hex')}`
  const running = createRunning()
  const limits = { maxMessageBytes, maxDepth, clock: systemClock, negotiated: true }
  const context = { invoke, describe, peer, running, own, maxBodyBytes, log, settings: limits }
  const intake = createIntake(context, { requests, answers, outgoing, quorum: settings.quorum })
  const sessions = createServerSessions({
    invoke,
    describe,
    peer,
    settings: limits,
    maxBufferedBytes,
    leaseMs,
    carrier: serverCarrier(answers),
  })
  whenOver(() => sessions.lostAll())
  answers.on('return', ({ properties }) => {
    if (properties.type === sessionMessage) sessions.lost(String(properties.correlationId))
  })

  await inbox.assertQueue(own, { exclusive: true, autoDelete: true, durable: false })
  await bindCancel(incoming, own, settings)
  const onInbox = (message: ConsumeMessage | null): void => {
    if (message === null) return incoming.fail(new Error(`the queue ${own} was deleted`))
    if (message.properties.type === cancelMessage) running.cancel(String(message.properties.correlationId))
    else if (message.content.length <= maxBodyBytes) receiveSession(sessions, message)
  }
  await inbox.consume(own, onInbox, { noAck: true })
  const onMessage = (message: ConsumeMessage | null, source: Source): void =>
    message === null
      ? incoming.fail(new Error(`the queue ${source.queue} was deleted`))
      : intake.receive(message, source)
  await requests.prefetch(settings.prefetch)
  const tags: string[] = []
  for (const source of sources) {
    await declareSource(incoming, source, settings)
    const consumed = requests.consume(source.queue, (message) => onMessage(message, source))
    tags.push((await consumed).consumerTag)
  }
  return {
    async stop() {
      intake.stop()
      await Promise.all(tags.map((tag) => requests.cancel(tag))).catch(() => {})
    },
    async close() {
      intake.stop()
      await intake.idle(lastAnswersMs)
      sessions.close()
      await outgoing.close()
      await incoming.close()
    },
  }
}

async function bindCancel(incoming: Link, own: string, { queue, log }: AmqpSettings): Promise<void> {
  const exchange = cancelExchange(queue)
  try {
    await incoming.aside(async (channel) => {
      await channel.assertExchange(exchange, 'fanout', { durable: false, autoDelete: true })
      await channel.bindQueue(own, exchange, '')
    })
  } catch (error) {
    log.warn({ error, exchange }, 'amqp: callers cannot cancel their unary calls')
  }
}

function receiveSession(sessions: ServerSessions, { content, properties }: ConsumeMessage): void {
  const session = String(properties.correlationId ?? '')
  if (properties.type === sessionEnd) return sessions.lost(session)
  const number = readCount(properties.messageId)
  if (properties.type !== sessionMessage || number === undefined) return
  const replyTo = properties.replyTo as string | undefined
  sessions.receive({ session, number, replyTo, body: content.toString(), bytes: content.length })
}
