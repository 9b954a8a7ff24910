import type { Channel, ConfirmChannel, ConsumeMessage, Options } from 'amqplib'
import { RpcError } from '../../core/errors.ts'
import {
  originIsGone,
  originOf,
  type DeadLetter,
  type DeadLetterQueue,
  type OpenOptions,
} from '../../wire/broker/dead-letters.ts'
import { openDeliveries } from './dead-letters-deliveries.ts'
import { copyOptions, letterOf, replayOptions, timesGivenOut } from './dead-letters-message.ts'
import { failureToDeclare } from './failure.ts'
import type { Link } from './link.ts'
import { publishConfirmed, type Outcome } from './publish.ts'

/** A connection, and the promise that rejects when it is lost. */
export interface DeadLetterLink {
  readonly link: Link
  readonly lost: Promise<never>
  /** The broker's, for people. */
  readonly address: string
}

/** How long it may take to put back what is in hand, in ms; behind it the broker does so itself. */
const goodbyeMs = 1_500

/**
 * Opens a queue of dead letters. Its messages are taken without an acknowledgement, and put back when it is closed. Rejects with NOT_FOUND where
 * there is none.
 */
export async function openDeadQueue(
  { link, lost, address }: DeadLetterLink,
  name: string,
  { forReplay = false, limit = Infinity }: OpenOptions = {},
): Promise<DeadLetterQueue> {
  const whileUp = async <T>(work: PromiseLike<T>): Promise<T> => {
    try {
      return await Promise.race([work, lost])
    } catch (cause) {
      throw failureToDeclare('queue', name, cause)
    }
  }
  const origin = originOf(name)
  const { messageCount: count } = await whileUp(link.aside((channel) => channel.checkQueue(name)))
  if (forReplay) await whileUp(checkOrigin(link, origin, address))
  const channel: Channel = await whileUp(link.looseChannel())
  const messages = new WeakMap<DeadLetter, ConsumeMessage>()
  /** What was given out before, by its tag: it is put back as a copy. */
  const counted = new Map<number, ConsumeMessage>()
  const deliveries = openDeliveries(channel, name, {
    ahead: Math.min(limit, count),
    onMessage: (message) => {
      if (timesGivenOut(message) > 0) counted.set(message.fields.deliveryTag, message)
    },
  })
  let sending: Promise<Sending> | undefined
  let seen = 0

  const send = async (
    to: string,
    all: readonly ConsumeMessage[],
    optionsOf: (message: ConsumeMessage) => Options.Publish,
  ): Promise<readonly Outcome[]> => {
    const { channel: outgoing, returned } = await (sending ??= openSending(link))
    const before = returned()
    const outcomes = await Promise.race([
      lost,
      Promise.all(
        all.map(
          (message) =>
            new Promise<Outcome>((resolve) => {
              const { content: body } = message
              publishConfirmed(outgoing, { queue: to, body, options: optionsOf(message) }, resolve)
            }),
        ),
      ),
    ])
    // What the broker returns is confirmed too. The queue was deleted: with it whatever had gone there.
    if (returned() > before) throw new RpcError('NOT_FOUND', `${address} has no queue ${JSON.stringify(to)}`)
    return outcomes
  }
  const letGo = (message: ConsumeMessage): void => {
    counted.delete(message.fields.deliveryTag)
    deliveries.acknowledge(message)
  }
  const putBack = async (): Promise<void> => {
    try {
      await deliveries.stop()
      const all = [...counted.values()]
      const outcomes = all.length === 0 ? [] : await send(name, all, copyOptions)
      for (const [i, message] of all.entries()) if (outcomes[i] === 'confirmed') letGo(message)
    } finally {
      channel.nackAll(true)
      await channel.close()
      await (await sending)?.channel.close()
    }
  }
  return {
    name,
    count,
    origin,
    async next() {
      // No more than there were: what is sent back may fail again meanwhile.
      if (seen >= count) return undefined
      const message = await whileUp(deliveries.next())
      if (!message) return undefined
      seen++
      const letter = letterOf(message)
      messages.set(letter, message)
      return letter
    },
    async replay(letters) {
      const all = letters.map((letter) => messages.get(letter)!)
      try {
        const outcomes = await send(origin, all, replayOptions)
        return outcomes.map((outcome, i) => {
          if (outcome !== 'confirmed') return failureOf(outcome, address, origin)
          letGo(all[i]!)
          return undefined
        })
      } catch (error) {
        const failure = failureToDeclare('queue', origin, error)
        return letters.map(() => failure)
      }
    },
    async close() {
      let timer: ReturnType<typeof setTimeout> | undefined
      const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, goodbyeMs)))
      await Promise.race([putBack(), late, lost]).catch(() => {})
      clearTimeout(timer)
    },
  }
}

async function checkOrigin(link: Link, origin: string, address: string): Promise<void> {
  try {
    await link.aside((channel) => channel.checkQueue(origin))
  } catch (cause) {
    const failure = failureToDeclare('queue', origin, cause)
    throw failure.code === 'NOT_FOUND' ? originIsGone('queue', origin, address) : failure
  }
}

/** A channel that sends, and how many of its messages no queue took. */
interface Sending {
  readonly channel: ConfirmChannel
  readonly returned: () => number
}

async function openSending(link: Link): Promise<Sending> {
  const channel = await link.confirmChannel()
  let returned = 0
  channel.on('return', () => returned++)
  return { channel, returned: () => returned }
}

function failureOf(outcome: Outcome, address: string, queue: string): RpcError {
  return outcome === 'refused'
    ? new RpcError(
        'RESOURCE_EXHAUSTED',
        `${address} refused it for the queue ${JSON.stringify(queue)}: it may be full`,
      )
    : new RpcError('UNAVAILABLE', `the connection to ${address} was lost before it was confirmed`)
}
