import type { Channel, ConsumeMessage, Message, Options } from 'amqplib'
import { RpcError } from '../../core/errors.ts'
import { markNeverRan } from '../../core/never-ran.ts'
import type { ClientWire, WireListener } from '../../wire/broker/client-wire.ts'
import { readCount } from '../../wire/broker/read-body.ts'
import { cancelMessage, eventMessage, sessionEnd, sessionMessage } from '../../wire/broker/message-kinds.ts'
import { openLink, throwIf, type Link } from './link.ts'
import type { AmqpSettings } from './options.ts'
import { cancelExchange, directReply } from './protocol.ts'
import { createEventsOut } from './publish-events.ts'
import { publish, publishConfirmed } from './publish.ts'
import { queueOf } from './queues.ts'
import { requestProperties } from './request-properties.ts'

/** Connects. Answers come over the channel that asks, or by a queue of its own on a second connection. */
export async function openWire(settings: AmqpSettings, listener: WireListener): Promise<ClientWire> {
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
    const events = createEventsOut(outgoing, sending, settings.eventExchange)
    const onReturned = ({ properties, fields }: Message): void => {
      const id = String(properties.correlationId ?? '')
      if (properties.type === sessionMessage) listener.sessionEnded(id)
      else if (properties.type === eventMessage) events.returned(id)
      else listener.undelivered(id, nobodyServes(fields.routingKey))
    }
    for (const channel of [asking, sending]) channel.on('return', onReturned)
    const onAnswer = (message: ConsumeMessage | null): void =>
      message === null
        ? outgoing.fail(new Error('the queue of answers was deleted'))
        : tell(listener, message)
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
    return {
      request(request) {
        const { service, method } = request.call
        const options = requestProperties(request, settings)
        options.replyTo = replyTo
        publish(asking, queueOf(settings, service, method), request.body, options)
      },
      session({ queue, session, number, body, replyTo: answers }, confirmed) {
        const options: Options.Publish = {
          type: sessionMessage,
          correlationId: session,
          messageId: `${number}`,
          mandatory: true,
        }
        if (answers !== undefined) options.replyTo = answers
        publishConfirmed(sending, { queue, body, options }, (outcome) => {
          // What was refused is missing, which the server finds.
          if (outcome !== 'lost') confirmed()
        })
      },
      endSession(queue, session) {
        const options = { type: sessionEnd, correlationId: session, mandatory: true }
        publishConfirmed(sending, { queue, body: '', options }, () => {})
      },
      events: (call, all, done) => events.publish(call, all, done),
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

function tell(listener: WireListener, { content, properties }: ConsumeMessage): void {
  const session = String(properties.correlationId ?? '')
  if (properties.type === sessionMessage) {
    const number = readCount(properties.messageId)
    if (number !== undefined) listener.sessionMessage(session, number, content.toString(), content.length)
  } else if (properties.type === sessionEnd) listener.sessionEnded(session)
  else listener.answer(content.toString(), content.length)
}

function nobodyServes(queue: string): RpcError {
  const text = `nobody serves it: there is no queue "${queue}" at the broker`
  return markNeverRan(new RpcError('UNAVAILABLE', text))
}
