import type { Invoke } from '../../core/call.ts'
import { RpcError } from '../../core/errors.ts'
import type { Description, Listener } from '../../core/transport.ts'
import { nextTurn } from '../../core/turn.ts'
import type { Hub } from './hub.ts'
import type { Caller } from './message.ts'
import type { Consumer, Queue } from './queue.ts'
import { work } from './work.ts'

/** A server at the broker. */
export interface BrokerListener extends Listener {
  /** Ends its connection; it comes back. */
  cut(): void
}

/** What a server's side is made with. */
export interface ServerSettings {
  readonly queue: string
  /** Messages that it may have in hand at once, of each queue. */
  readonly prefetch: number
}

/** How long the last answers may take before the server closes around them, in ms. */
const lastAnswersMs = 1_000

/** Serves from its queue of requests, and from the queues of the events that it handles. */
export function serveQueues(
  hub: Hub,
  { invoke, describe }: { readonly invoke: Invoke; readonly describe: Description | undefined },
  { queue, prefetch }: ServerSettings,
): BrokerListener {
  const events = describe?.methods.filter(({ kind }) => kind === 'event') ?? []
  const queues = [
    hub.declare(queue),
    ...events.map(({ service, name, options }) =>
      hub.bind(`${service}.${name}`, options.fanout === true ? queue : undefined),
    ),
  ]
  let isStopping = false
  const open = (): Station =>
    openStation({ hub, invoke, describe, queues, prefetch, isStopping: () => isStopping })
  let station: Station | undefined = open()

  return {
    url: `memory-broker:${queue}`,
    cut() {
      station?.end()
      station = undefined
      void nextTurn().then(() => {
        if (!isStopping) station ??= open()
      })
    },
    stop() {
      isStopping = true
      station?.stop()
    },
    async close() {
      isStopping = true
      station?.stop()
      await station?.idle()
      station?.end()
      station = undefined
    },
  }
}

interface StationOptions {
  readonly hub: Hub
  readonly invoke: Invoke
  readonly describe: Description | undefined
  readonly queues: readonly Queue[]
  readonly prefetch: number
  isStopping(): boolean
}

/** A server for as long as its connection lasts. */
interface Station {
  /** Takes no more. */
  stop(): void
  /** Resolves when nothing is in hand, at the latest after a moment. */
  idle(): Promise<void>
  /** What is in hand comes again; streams are broken. */
  end(): void
}

function openStation({ queues, prefetch, ...rest }: StationOptions): Station {
  const streams = new Set<Caller>()
  const running = new Set<Promise<void>>()
  const consumers: readonly Consumer[] = queues.map((queue) => {
    const context = { ...rest, streams, connection: {} }
    return queue.consume(prefetch, (delivery) => {
      const done = work(context, delivery).finally(() => running.delete(done))
      running.add(done)
    })
  })
  return {
    stop() {
      for (const consumer of consumers) consumer.stop()
    },
    async idle() {
      let timer: ReturnType<typeof setTimeout> | undefined
      const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, lastAnswersMs)))
      await Promise.race([Promise.all(running), late])
      clearTimeout(timer)
    },
    end() {
      for (const consumer of consumers) consumer.end()
      for (const caller of streams)
        caller.fail(new RpcError('UNAVAILABLE', 'the server of this stream is gone'))
    },
  }
}
