/** Apps behind queues of their own, and the other end of them by the bare library. */
import { randomBytes } from 'node:crypto'
import { connect as connectSocket, createServer, type AddressInfo, type Socket } from 'node:net'
import { Type } from '@sinclair/typebox'
import { connect, type Channel, type ConsumeMessage, type Options } from 'amqplib'
import { createApp, createClient, defineService, rpc, RpcError, serve, type ClientOptions } from 'microapi-ts'
import { amqp, type AmqpOptions } from 'microapi-ts/amqp'
import { recordingLog } from 'microapi-ts/testing'
import { onTestFinished } from 'vitest'

const Text = Type.Object({ text: Type.String() })
const Item = Type.Object({ value: Type.Integer() })

/** What the specs call. */
const contract = {
  words: defineService({
    echo: rpc.unary(Text, Text, { idempotent: true }),
    hold: rpc.unary(Text, Text),
    fail: rpc.unary(Text, Text, {
      errors: { BUSY: { code: 'RESOURCE_EXHAUSTED', details: Type.Object({ left: Type.Integer() }) } },
    }),
    count: rpc.serverStream(Item, Item),
    sum: rpc.clientStream(Item, Item),
    double: rpc.bidiStream(Item, Item),
  }),
  other: defineService({ echo: rpc.unary(Text, Text) }),
}

/** A queue that no other spec uses; deleted behind the test. */
export function freshQueue(url: string): string {
  const queue = `spec-${randomBytes(6).toString('hex')}`
  onTestFinished(() => deleteQueues(url, [queue]))
  return queue
}

/** Deletes queues and exchanges, as far as there are any. */
export async function deleteQueues(
  url: string,
  queues: readonly string[],
  exchanges: readonly string[] = [],
): Promise<void> {
  const connection = await connect(url)
  const channel = await connection.createChannel()
  for (const queue of queues) await channel.deleteQueue(queue)
  for (const exchange of exchanges) await channel.deleteExchange(exchange)
  await connection.close()
}

/** Serves the contract. What handlers do is told in `seen`; `release` lets those go on that hold. */
export async function start(options: AmqpOptions & { readonly url: string }) {
  const seen: string[] = []
  const log = recordingLog()
  let release = (): void => {}
  const released = new Promise<void>((resolve) => (release = resolve))
  const echo = ({ text }: { text: string }): { text: string } => {
    seen.push(text)
    return { text }
  }
  const app = createApp({
    log,
    services: {
      words: rpc.implement(contract.words, {
        echo,
        async hold({ text }, ctx) {
          seen.push(text)
          ctx.signal.addEventListener('abort', () => seen.push(`${text} aborted`))
          await released
          return { text }
        },
        fail({ text }, ctx) {
          if (text === 'BUSY') throw ctx.errors.BUSY({ left: 3 }, 'busy')
          throw new RpcError('NOT_FOUND', text)
        },
        async *count({ value: to }) {
          try {
            for (let value = 0; value < to; value++) yield { value }
          } finally {
            seen.push('count ended')
          }
        },
        async sum(items) {
          let value = 0
          for await (const item of items) value += item.value
          return { value }
        },
        async *double(items) {
          for await (const { value } of items) yield { value: 2 * value }
        },
      }),
      other: rpc.implement(contract.other, { echo }),
    },
  })
  const server = await serve(app, amqp({ ...options, log }), { signals: false, graceMs: 1_000 })
  onTestFinished(async () => {
    release()
    await server.close()
  })
  return { server, seen, log, release }
}

/** A client of it, closed behind the test. */
export function clientOf(options: AmqpOptions, more?: ClientOptions) {
  const client = createClient(contract, amqp(options), more)
  onTestFinished(() => client.close())
  return client
}

/** The bare library at one end. */
export async function bare(url: string) {
  const connection = await connect(url)
  onTestFinished(() => connection.close().catch(() => {}))
  const channel = await connection.createChannel()
  channel.on('error', () => {})
  return channel
}

/** Sends what need not be an envelope, and resolves with what comes back. */
export async function ask(
  channel: Channel,
  queue: string,
  body: unknown,
  options: Options.Publish = {},
): Promise<ConsumeMessage> {
  const { queue: replyTo } = await channel.assertQueue('', { exclusive: true, autoDelete: true })
  const answer = new Promise<ConsumeMessage>((resolve) => {
    void channel.consume(replyTo, (message) => message && resolve(message), { noAck: true })
  })
  tell(channel, queue, body, { replyTo, ...options })
  return answer
}

/** Sends what need not be an envelope. */
export function tell(channel: Channel, queue: string, body: unknown, options?: Options.Publish): void {
  channel.sendToQueue(queue, Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)), options)
}

/** A request as the Python package writes it. */
export function pythonRequest(
  method: string,
  payload: unknown,
  id = 'a'.repeat(32),
): Record<string, unknown> {
  return {
    type: 'request',
    service: 'words',
    method,
    id,
    payload,
    metadata: {},
    error: null,
    status_code: 0,
  }
}

/** Stands between us and the broker, and can be cut; closed behind the test. */
export async function proxyOf(url: string) {
  const proxy = await openProxy(url)
  onTestFinished(proxy.close)
  return proxy
}

/** The same, closed by whoever opened it: of tests that run at once, vitest does not know which one asks. */
export async function openProxy(url: string) {
  const target = Number(new URL(url).port || 5672)
  const host = new URL(url).hostname
  const sockets = new Set<Socket>()
  let open = true
  const server = createServer((socket) => {
    if (!open) return void socket.destroy()
    const onward = connectSocket(target, host)
    for (const [one, other] of [
      [socket, onward],
      [onward, socket],
    ] as const) {
      sockets.add(one)
      one.pipe(other)
      one.on('error', () => {})
      one.on('close', () => {
        sockets.delete(one)
        other.destroy()
      })
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const cut = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  const { port } = server.address() as AddressInfo
  const { username, password, pathname } = new URL(url)
  const user = username === '' ? '' : `${username}:${password}@`
  return {
    url: `amqp://${user}127.0.0.1:${port}${pathname}`,
    /** Ends what stands. */
    cut,
    /** Takes no more, or takes again. */
    setOpen: (isOpen: boolean): void => void (open = isOpen),
    close(): void {
      cut()
      server.close()
    },
  }
}
