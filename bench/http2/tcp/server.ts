import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import type { RunningServer } from '../../harness/peer.ts'
import { cityOf } from '../../data/city.ts'
import { frameReader, frameWriter } from './frames.ts'

/** Length, call and JSON over a socket, without streams, metadata or flow control: the limit of any protocol on Node. */
export const startServer = async (): Promise<RunningServer> => {
  const server = createServer({ noDelay: true }, (socket) => {
    const { add, flush } = frameWriter(socket)
    const read = frameReader((call, text) => {
      const { id } = JSON.parse(text) as { id: number }
      add(call, JSON.stringify(cityOf(id)))
    })
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      read(chunk)
      flush()
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  return { url: `tcp://127.0.0.1:${port}`, close: async () => server.close() }
}
