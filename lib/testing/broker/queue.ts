import { nextTurn } from '../../core/turn.ts'
import type { BrokerClock } from './clock.ts'
import type { Message } from './message.ts'

/** A queue: first in, first out, its consumers served in turn. */
export interface Queue {
  readonly name: string
  push(message: Message): void
  /** The same after a pause in ms. */
  pushLater(ms: number, message: Message): void
  /** Takes out one that nobody wants any more, if it still waits. */
  drop(message: Message): void
  /** Takes from it, so many at once at most. */
  consume(prefetch: number, take: (delivery: Delivery) => void): Consumer
  /** What is not done, in words for people; nothing where all is. */
  rest(): string | undefined
}

/** A message in the hands of a consumer. */
export interface Delivery {
  readonly queue: Queue
  readonly message: Message
  /** It is done with. False: the connection was lost meanwhile, and it comes again. */
  settle(): boolean
}

/** One who takes from a queue. */
export interface Consumer {
  /** Takes no more; what it has in hand it may finish. */
  stop(): void
  /** Is gone: what it has in hand comes again. */
  end(): void
}

/** Makes a queue, empty; `changed` hears of everything that happens there. */
export function createQueue(name: string, clock: BrokerClock, changed: () => void): Queue {
  const ready: Message[] = []
  /** The next to be served stands first. */
  const consumers: { hasRoom(): boolean; deliver(message: Message): void }[] = []
  let [delayed, inHand] = [0, 0]
  let isDue = false

  const deliver = (): void => {
    isDue = false
    while (ready.length > 0) {
      const at = consumers.findIndex((one) => one.hasRoom())
      if (at < 0) break
      const [consumer] = consumers.splice(at, 1)
      consumers.push(consumer!)
      consumer!.deliver(ready.shift()!)
    }
  }
  const change = (): void => {
    changed()
    if (isDue) return
    isDue = true
    // In a turn of its own, as from a socket: an event that brings about the next keeps nobody else waiting.
    void nextTurn().then(deliver)
  }
  const queue: Queue = {
    name,
    push(message) {
      ready.push(message)
      change()
    },
    pushLater(ms, message) {
      delayed++
      clock.after(ms, () => {
        delayed--
        queue.push(message)
      })
    },
    drop(message) {
      const at = ready.indexOf(message)
      if (at < 0) return
      ready.splice(at, 1)
      change()
    },
    consume(prefetch, take) {
      const held = new Set<Message>()
      let takes = true
      const consumer = {
        hasRoom: () => takes && held.size < prefetch,
        deliver(message: Message) {
          held.add(message)
          inHand++
          const settle = (): boolean => {
            if (!held.delete(message)) return false
            inHand--
            change()
            return true
          }
          take({ queue, message, settle })
        },
      }
      consumers.push(consumer)
      change()
      return {
        stop: () => void (takes = false),
        end() {
          takes = false
          if (consumers.includes(consumer)) consumers.splice(consumers.indexOf(consumer), 1)
          inHand -= held.size
          ready.unshift(...held)
          held.clear()
          change()
        },
      }
    },
    rest() {
      const parts = [
        ready.length > 0 && `${ready.length} waiting${consumers.length === 0 ? ' for a server' : ''}`,
        inHand > 0 && `${inHand} being handled`,
        delayed > 0 && `${delayed} to be tried again later`,
      ].filter((part) => part !== false)
      return parts.length === 0 ? undefined : `${parts.join(', ')} in "${name}"`
    },
  }
  return queue
}
