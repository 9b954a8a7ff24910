import type { Channel, ChannelModel, ConfirmChannel } from 'amqplib'
import type { RpcError } from '../../core/errors.ts'
import { failureOfLink, failureToConnect } from './failure.ts'
import type { AmqpSettings } from './options.ts'
import { formatBroker } from './broker.ts'
import { writeOnce } from './write-once.ts'

/** One connection to a broker, for as long as it lasts. */
export interface Link {
  /** A channel whose end is the end of the link. */
  channel(): Promise<Channel>
  confirmChannel(): Promise<ConfirmChannel>
  /** A channel that may end without harm to the others. */
  looseChannel(): Promise<Channel>
  /** Runs with a channel of its own, which may fail without harm to the others. */
  aside<T>(run: (channel: Channel) => Promise<T>): Promise<T>
  /** Whether the broker takes nothing: it is short of memory or disk. */
  readonly blocked: boolean
  /** Resolves when the broker takes messages again, or the link is lost. */
  unblocked(): Promise<void>
  /** Ends it, as if the connection had been lost. */
  fail(cause: unknown): void
  /** Sends what waits, and ends it; `lost` is not told. */
  close(): Promise<void>
}

/** How long the broker may take to say goodbye, in ms. */
const goodbyeMs = 2_000

/** Opens a connection, to the first host that takes it; `lost` hears of its end. Rejects with an RpcError where none does. */
export async function openLink(settings: AmqpSettings, lost: (reason: RpcError) => void): Promise<Link> {
  const address = formatBroker(settings.broker)
  const model = await connect(settings)
  const channels = new Set<Channel>()
  let waiting: (() => void)[] = []
  let isOver = false
  let blocked = false

  const release = (): void => {
    blocked = false
    const woken = waiting
    waiting = []
    for (const wake of woken) wake()
  }
  const end = (cause: unknown): void => {
    if (isOver) return
    isOver = true
    release()
    lost(failureOfLink(address, cause))
    // It may be half alive: a channel has ended, or a consumer.
    model.close().catch(() => {})
  }
  let failure: unknown = 'closed by the broker'
  model.on('error', (error) => (failure = error))
  model.on('close', (error) => end(error ?? failure))
  model.on('blocked', () => (blocked = true))
  model.on('unblocked', release)
  writeOnce(model)

  const keep = <C extends Channel>(channel: C): C => {
    channels.add(channel)
    // Without a listener the whole connection would end by it, as an uncaught error.
    channel.on('error', (error) => (failure = error))
    channel.on('close', () => {
      channels.delete(channel)
      // Where the whole connection ends its channels are told first, and the reason comes behind them.
      queueMicrotask(() => end(failure))
    })
    return channel
  }
  return {
    channel: async () => keep(await model.createChannel()),
    confirmChannel: async () => keep(await model.createConfirmChannel()),
    async looseChannel() {
      const channel = await model.createChannel()
      channel.on('error', () => {})
      return channel
    },
    async aside(run) {
      const channel = await model.createChannel()
      let isOpen = true
      channel.on('error', () => {})
      channel.on('close', () => (isOpen = false))
      try {
        return await run(channel)
      } finally {
        if (isOpen) await closed(channel)
      }
    },
    get blocked() {
      return blocked
    },
    unblocked: () => (blocked ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve()),
    fail: end,
    async close() {
      if (isOver) return
      isOver = true
      release()
      // The goodbye of a connection overtakes what its channels have still to send; theirs does not.
      await within(goodbyeMs, Promise.all([...channels].map(closed)))
      await within(goodbyeMs, model.close())
    },
  }
}

/** Throws what there is to be thrown. */
export function throwIf(reason: RpcError | undefined): void {
  if (reason) throw reason
}

async function connect(settings: AmqpSettings): Promise<ChannelModel> {
  const { broker } = settings
  let failure: RpcError | undefined
  for (const { host, port } of broker.hosts) {
    try {
      return await connectTo(host, port, settings)
    } catch (cause) {
      failure = failureToConnect(broker, cause)
    }
  }
  throw failure!
}

async function connectTo(host: string, port: number, settings: AmqpSettings): Promise<ChannelModel> {
  const { broker, tls, heartbeatMs, connectTimeoutMs } = settings
  const library = await load()
  const connecting = library.connect(
    {
      protocol: broker.secure ? 'amqps' : 'amqp',
      hostname: host,
      port,
      username: broker.username,
      password: broker.password,
      vhost: encodeURIComponent(broker.vhost),
      heartbeat: Math.ceil(heartbeatMs / 1_000),
    },
    // Nagle's algorithm would hold back an answer until the one before it is acknowledged: 40 ms.
    { ...tls, noDelay: true, timeout: connectTimeoutMs },
  )
  // The library's own timeout begins anew with every byte.
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`no connection in ${connectTimeoutMs} ms (connectTimeoutMs)`)),
      connectTimeoutMs,
    )
  })
  try {
    return await Promise.race([connecting, late])
  } catch (error) {
    connecting.then(
      (model) => void model.close().catch(() => {}),
      () => {},
    )
    throw error
  } finally {
    clearTimeout(timer)
  }
}

async function load(): Promise<typeof import('amqplib')> {
  try {
    return (await import('amqplib')).default
  } catch (cause) {
    throw new Error('amqp:// needs the package "amqplib": npm install amqplib', { cause })
  }
}

/** Closes a channel. The library's own promise never settles where the connection is lost meanwhile. */
function closed(channel: Channel): Promise<void> {
  return new Promise((resolve) => {
    channel.once('close', resolve)
    channel.close().catch(() => resolve())
  })
}

async function within(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)))
  await Promise.race([work.catch(() => {}), late])
  clearTimeout(timer)
}
