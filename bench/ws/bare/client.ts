import { once } from 'node:events'
import { WebSocket } from 'ws'
import type { PeerClient } from '../../harness/peer.ts'
import { citiesUpTo, type City, type Summary } from '../../data/city.ts'
import { sendStream, type Answered, type Asked } from './messages.ts'

interface Waiting {
  take?(item: City): void
  resolve(output: unknown): void
  reject(error: Error): void
}

/** One connection, and a Map of the calls that wait for their answers. */
export const createClient = async (url: string): Promise<PeerClient> => {
  const socket = new WebSocket(url, { perMessageDeflate: false })
  await once(socket, 'open')
  const waiting = new Map<number, Waiting>()
  let last = 0

  socket.on('message', (data: Buffer) => {
    const answered = JSON.parse(data.toString()) as Answered
    const call = waiting.get(answered.id)
    if (!call) return
    if ('item' in answered) return call.take?.(answered.item)
    waiting.delete(answered.id)
    call.resolve('output' in answered ? answered.output : undefined)
  })
  socket.on('error', () => {})
  socket.on('close', () => {
    for (const { reject } of waiting.values()) reject(new Error('the connection was closed'))
    waiting.clear()
  })
  const call = <Output>(
    method: Exclude<Asked, { item: City } | { end: true }>['method'],
    input?: object,
    take?: (item: City) => void,
  ): [id: number, answer: Promise<Output>] => {
    const id = ++last
    const answer = new Promise<Output>((resolve, reject) => {
      waiting.set(id, { resolve, reject, ...(take && { take }) })
    })
    socket.send(JSON.stringify({ id, method, input }))
    return [id, answer]
  }
  return {
    unary: (id) => call<City>('get', { id })[1],
    serverStream: async (limit) => {
      const summary = { count: 0, population: 0 }
      const [, ended] = call<void>('list', { limit }, (city) => {
        summary.count++
        summary.population += city.population
      })
      await ended
      return summary
    },
    clientStream: async (count) => {
      const [id, answer] = call<Summary>('add')
      await Promise.race([answer, sendStream(socket, id, citiesUpTo(count))])
      return answer
    },
    close: async () => socket.close(),
  }
}
