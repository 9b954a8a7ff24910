import { once } from 'node:events'
import { connect } from 'node:net'
import type { PeerClient } from '../../harness/peer.ts'
import type { City } from '../../data/city.ts'
import { frameReader, frameWriter } from './frames.ts'

interface Waiting {
  resolve(city: City): void
  reject(error: Error): void
}

/** One connection; the calls of a turn leave in one write at its end, a lone one just as soon. */
export const createClient = async (url: string): Promise<PeerClient> => {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port), noDelay: true })
  await once(socket, 'connect')
  const waiting = new Map<number, Waiting>()
  const { add, flush } = frameWriter(socket)
  let last = 0
  let scheduled = false

  const read = frameReader((call, text) => {
    waiting.get(call)?.resolve(JSON.parse(text) as City)
    waiting.delete(call)
  })
  socket.on('data', read)
  socket.on('error', () => {})
  socket.on('close', () => {
    for (const { reject } of waiting.values()) reject(new Error('the connection was closed'))
    waiting.clear()
  })
  const flushTurn = () => {
    scheduled = false
    flush()
  }
  return {
    unary: (id) =>
      new Promise((resolve, reject) => {
        last = (last + 1) >>> 0
        waiting.set(last, { resolve, reject })
        add(last, JSON.stringify({ id }))
        if (!scheduled) process.nextTick(flushTurn)
        scheduled = true
      }),
    close: async () => socket.destroy(),
  }
}
