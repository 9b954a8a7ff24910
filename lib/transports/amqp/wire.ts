import type { Channel, ConsumeMessage, Message, Options } from 'amqplib'
import type { RpcError } from '../../core/errors.ts'
import { openLink, throwIf, type Link } from './link.ts'
import type { AmqpSettings } from './options.ts'
import { cancelExchange, cancelMessage, directReply } from './protocol.ts'
import { publish, publishConfirmed, type Outcome } from './publish.ts'
import { declareEventExchange } from './sources.ts'

/** A client's way to its broker and back, for as long as it lasts. The options of a message are its own: more is written into them. */
export interface Wire {
  /** Sends to a queue what is to be answered; what no queue takes is returned. */
  request(queue: string, body: string, options: Options.Publish): void
  /** Sends to a queue; `confirmed` runs when the broker has it. */
  send(queue: string, body: string, options: Options.Publish, confirmed: () => void): void
  /** Declares the exchange of events, once. */
  eventExchange(): Promise<void>
  /** Sends an event; `done` hears what became of it, behind `returned` where no queue took it. */
  event(key: string, body: string, options: Options.Publish, done: (outcome: Outcome) => void): void
  /** Tells all servers that nobody waits for an answer any more; they may hear it or not. */
  cancel(id: string): void
  /** Whether the broker takes nothing for now. */
  readonly blocked: boolean
  /** Resolves when it does again, or the connection is lost. */
  unblocked(): Promise<void>
  close(): Promise<void>
}

/** What a wire tells. */
export interface WireListener {
  message(message: ConsumeMessage): void
  /** No queue took it: it was never seen by a server. */
  returned(message: Message): void
  /** Once, and nothing behind it. */
  lost(reason: RpcError): void
}

/** Connects. Answers come over the channel that asks, or by a queue of its own on a second connection. */
export async function openWire(settings: AmqpSettings, listener: WireListener): Promise<Wire> {
  const { eventExchange } = settings
  const links: Link[] = []
  let failure: RpcError | undefined
  let isOpen = false
  const over = (reason: RpcError): void => {
    if (failure) return
    failure = reason
    for (const link of links) link.fail(reason)
    if (isOpen) listener.lost(reason)
  }
  const open = async (): Promise<Link> => {
    const link = await openLink(settings, over)
    links.push(link)
    return link
  }
  try {
    const outgoing = await open()
    const asking = await outgoing.channel()
    const sending = await outgoing.confirmChannel()
    for (const channel of [asking, sending]) channel.on('return', (message) => listener.returned(message))
    const onAnswer = (message: ConsumeMessage | null): void =>
      message === null
        ? outgoing.fail(new Error('the queue of answers was deleted'))
        : listener.message(message)
    let cancelling: Promise<Channel> | undefined
    const tellAll = async (id: string): Promise<void> => {
      // It ends where there is no such exchange: no server of ours has been there.
      cancelling ??= outgoing
        .looseChannel()
        .then((channel) => channel.on('close', () => (cancelling = undefined)))
      const channel = await cancelling
      channel.publish(cancelExchange(settings.queue), '', Buffer.alloc(0), {
        type: cancelMessage,
        correlationId: id,
      })
    }
    /** What is still to be told before the end. */
    let telling: Promise<unknown> = Promise.resolve()
    let declaring: Promise<void> | undefined
    let replyTo = directReply
    if (settings.replies === 'direct') await asking.consume(directReply, onAnswer, { noAck: true })
    else {
      const incoming = await (await open()).channel()
      const own = `microapi-response-${crypto.randomUUID().replaceAll('-', '')}`
      replyTo = (await incoming.assertQueue(own, { exclusive: true, autoDelete: true, durable: false })).queue
      await incoming.consume(replyTo, onAnswer, { noAck: true })
    }
    // Lost while the last of it was done.
    throwIf(failure)
    isOpen = true
    const mandatory = { mandatory: true }
    const answered = { replyTo, ...mandatory }
    return {
      request: (queue, body, options) => void publish(asking, queue, body, Object.assign(options, answered)),
      send: (queue, body, options, confirmed) =>
        publishConfirmed(sending, { queue, body, options: Object.assign(options, mandatory) }, (outcome) => {
          // What was refused is missing, which the server finds.
          if (outcome !== 'lost') confirmed()
        }),
      eventExchange: () =>
        (declaring ??= declareEventExchange(outgoing, eventExchange).catch((error: unknown) => {
          declaring = undefined
          throw error
        })),
      event: (key, body, options, done) =>
        publishConfirmed(
          sending,
          { exchange: eventExchange, queue: key, body, options: Object.assign(options, mandatory) },
          done,
        ),
      cancel: (id) => void (telling = Promise.all([telling, tellAll(id).catch(() => {})])),
      get blocked() {
        return outgoing.blocked
      },
      unblocked: () => outgoing.unblocked(),
      async close() {
        isOpen = false
        await telling
        for (const link of links) await link.close()
      },
    }
  } catch (error) {
    await Promise.all(links.map((link) => link.close()))
    throw error
  }
}
