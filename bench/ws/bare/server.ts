import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { WebSocketServer } from 'ws'
import type { RunningServer } from '../../harness/peer.ts'
import { citiesUpTo, cityOf, type Summary } from '../../data/city.ts'
import { sendStream, type Asked } from './messages.ts'

/** The package ws and JSON by hand: a send for each message, nothing checked, no middleware, metadata or deadline. */
export const startServer = async (): Promise<RunningServer> => {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false })
  server.on('connection', (socket) => {
    const sums = new Map<number, Summary>()
    const answer = (id: number, output: unknown) => socket.send(JSON.stringify({ id, output }))
    socket.on('error', () => {})
    socket.on('message', (data: Buffer) => {
      const asked = JSON.parse(data.toString()) as Asked
      const { id } = asked
      if ('item' in asked) {
        const sum = sums.get(id)!
        sum.count++
        sum.population += asked.item.population
      } else if ('end' in asked) {
        answer(id, sums.get(id))
        sums.delete(id)
      } else if (asked.method === 'get') answer(id, cityOf(asked.input.id))
      else if (asked.method === 'list') void sendStream(socket, id, citiesUpTo(asked.input.limit))
      else sums.set(id, { count: 0, population: 0 })
    })
  })
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { url: `ws://127.0.0.1:${port}`, close: async () => server.close() }
}
