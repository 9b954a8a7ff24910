import { createServer, type AddressInfo, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import { preface, settings, settingsAck, types } from '../../http2/driver/raw.ts'

/** A server of octets, until the test has finished; its port. */
export async function rawServer(onSocket: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {}).resume()
    onSocket(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  })
  return (server.address() as AddressInfo).port
}

const endStream = 1

/** A server that shakes hands, and answers each complete request by frames that are written by hand. */
export function rawGrpcServer(onRequest: (socket: Socket, id: number) => void): Promise<number> {
  return rawServer((socket) => {
    socket.write(Buffer.concat([settings(), settingsAck]))
    let left = Buffer.alloc(0)
    let greeted = false
    socket.on('data', (piece) => {
      left = Buffer.concat([left, piece])
      if (!greeted) {
        if (left.length < preface.length) return
        greeted = true
        left = left.subarray(preface.length)
      }
      while (left.length >= 9 && left.length >= 9 + left.readUIntBE(0, 3)) {
        const [type, flags, id] = [left[3], left[4]!, left.readUInt32BE(5)]
        left = left.subarray(9 + left.readUIntBE(0, 3))
        if ((type === types.headers || type === types.data) && (flags & endStream) !== 0)
          onRequest(socket, id)
      }
    })
  })
}
