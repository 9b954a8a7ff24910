/** A transport whose client side is the one of a page in a browser: calls made in Node travel to it and from there to the server. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { WebSocketServer, type WebSocket } from 'ws'
import type { Call, Reply } from '../../lib/core/call.ts'
import { isIterable } from '../../lib/core/iterate.ts'
import { untilCancelled } from '../../lib/core/lifetime.ts'
import { addMetadata, createMetadata } from '../../lib/core/metadata.ts'
import type { Channel, Lookup, Transport } from '../../lib/core/transport.ts'
import { bundle, openUnwatched } from './browser-chromium.ts'
import { carried, carry, type Order, type Report } from './browser-page.ts'
import { receiver, sender, type Sender } from './browser-stream.ts'

/** A page that calls for us. */
export interface Bridge {
  /** The page's origin, which servers have to let in. */
  readonly origin: string
  /** The client side of a transport, in the page, connected to a URL. */
  transport(url: string): Transport
  close(): void
}

/** Opens the page and waits until it listens. */
export async function openBridge(): Promise<Bridge> {
  const { files } = await bundle('spec/transports/browser-page.ts')
  const server = createServer(({ url = '' }, response) => {
    const file = files.get(url)
    response.writeHead(file ? 200 : 404, { 'content-type': file?.type ?? 'text/plain' }).end(file?.text)
  })
  const sockets = new WebSocketServer({ server, perMessageDeflate: false, maxPayload: 2 ** 24 })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const connected = once(sockets, 'connection') as Promise<[WebSocket]>
  await openUnwatched(origin)
  const [socket] = await connected
  return {
    origin,
    transport: connectBy(socket),
    close() {
      socket.terminate()
      sockets.close()
      server.close()
    },
  }
}

type Listener = (report: Report) => void

function connectBy(socket: WebSocket): Bridge['transport'] {
  const listeners = new Map<number, Listener>()
  let last = 0
  const tell = (order: Order): void => socket.send(JSON.stringify(order))
  socket.on('message', (data: Buffer) => {
    const report = JSON.parse(data.toString()) as Report
    if (report.say === 'broken') console.error('in the page:', report.text)
    listeners.get(report.id)?.(report)
  })
  const open = (lookup: Lookup | undefined, url: string): Channel => {
    const channel = ++last
    tell({ say: 'connect', id: channel, url })
    return {
      invoke(call) {
        const id = ++last
        call.lifetime.onFinish(() => listeners.delete(id))
        const listen = (listener: Listener): void => void listeners.set(id, listener)
        return untilCancelled(call.lifetime, carryCall(call, lookup, { id, channel, tell, listen }))
      },
      close: () =>
        new Promise((resolve) => {
          listeners.set(channel, () => resolve())
          tell({ say: 'close', id: channel })
        }),
    }
  }
  return (url) => ({
    schemes: [],
    serve: () => Promise.reject(new TypeError('a page cannot serve')),
    connect: async (lookup) => open(lookup, url),
  })
}

interface Way {
  readonly id: number
  readonly channel: number
  tell(order: Order): void
  listen(listener: Listener): void
}

function carryCall(call: Call, lookup: Lookup | undefined, way: Way): Promise<Reply> {
  const { id, channel, tell } = way
  const { service, method, kind, deadline, metadata, lifetime } = call
  const stringify = lookup?.find(service, method)?.compiled.input.stringify ?? JSON.stringify
  const asJson = (message: unknown): unknown =>
    message === undefined ? undefined : (JSON.parse(stringify(message)) as unknown)
  const [header, trailer] = [createMetadata(), createMetadata()]
  const output = receiver(
    (count) => tell({ say: 'take', id, count }),
    () => tell({ say: 'leave', id }),
  )
  return new Promise((resolve, reject) => {
    let input: Sender | undefined
    way.listen((report) => {
      switch (report.say) {
        case 'reply':
          addMetadata(header, report.header)
          addMetadata(trailer, report.trailer)
          resolve({ output: report.output ? report.output.value : output, header, trailer })
          break
        case 'failure':
          reject(carried(report.error))
          break
        case 'item':
          output.push(report.value)
          break
        case 'end':
          addMetadata(trailer, report.trailer ?? {})
          report.error ? output.fail(carried(report.error)) : output.end()
          break
        case 'take':
          input?.take(report.count)
          break
        case 'leave':
          input?.leave()
          break
        case 'closed':
        case 'broken':
          break
      }
    })
    const order = {
      say: 'invoke',
      id,
      channel,
      call: { service, method, kind, deadline },
      metadata: metadata.toJSON(),
    } as const
    if (isIterable(call.input)) {
      tell(order)
      input = sender(call.input, {
        item: (value) => tell({ say: 'item', id, value: asJson(value) }),
        end: (error) => tell({ say: 'end', id, ...(error !== undefined && { error: carry(error) }) }),
      })
    } else tell({ ...order, input: { value: asJson(call.input) } })
    lifetime.onCancel((reason) => {
      input?.leave()
      output.fail(reason)
      tell({ say: 'cancel', id, error: carry(reason) })
    })
  })
}
