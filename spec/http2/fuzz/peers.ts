import { once } from 'node:events'
import { createServer as createNodeServer, type ServerHttp2Session } from 'node:http2'
import { connect, type AddressInfo } from 'node:net'
import { createServer } from '../../../lib/http2/driver/server.ts'
import { errorName } from '../../../lib/http2/error.ts'
import { frameTypes } from '../../../lib/http2/protocol.ts'
import { FrameReader, type Frame } from '../simulation/frames.ts'

/** A server that answers every request when it is complete. */
export interface Peer {
  readonly port: number
  close(): Promise<void>
}

/** How a server took what it got. */
export interface Verdict {
  /** `alive` where the last request was answered; else the code of GOAWAY, or `closed` without one. */
  readonly connection: string
  /** What became of each stream: `answered`, or the code that it was reset with. */
  readonly streams: Readonly<Record<number, string>>
  /** What GOAWAY says beside its code. */
  readonly reason: string
}

const enough = 2_000

/** node:http2. */
export async function nodePeer(): Promise<Peer> {
  const sessions = new Set<ServerHttp2Session>()
  const server = createNodeServer({ settings: { maxConcurrentStreams: 100 } })
  server.on('session', (session) => {
    sessions.add(session)
    session.on('close', () => sessions.delete(session))
    session.on('error', () => {})
  })
  server.on('stream', (stream) => {
    stream.on('error', () => {})
    stream.on('aborted', () => {})
    stream.resume()
    stream.on('end', () => {
      if (stream.destroyed || stream.closed) return
      stream.respond({ ':status': 200 })
      stream.end('ok')
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      for (const session of sessions) session.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Ours. */
export async function ourPeer(): Promise<Peer> {
  const server = createServer(
    (stream) => {
      stream.listener = {
        onEnd() {
          stream.respond({ ':status': 200 })
          stream.end('ok')
        },
      }
    },
    { streamWindow: 65_535, connectionWindow: 65_535, onFault() {} },
  )
  const { port } = await server.listen()
  return { port, close: () => server.close({ graceMs: 0 }) }
}

/** Sends octets to a server, whose last request is that of stream `probe`, and sees what comes back. */
export function ask(port: number, octets: Buffer, probe: number): Promise<Verdict> {
  return new Promise((resolve, reject) => {
    const streams: Record<number, string> = {}
    const reader = new FrameReader(0)
    const socket = connect(port, '127.0.0.1', () => socket.write(octets))
    // Only where a server neither answers nor closes, which no case may bring about.
    const guard = setTimeout(() => finish('silent'), enough)
    const finish = (verdict: string, reason = ''): void => {
      clearTimeout(guard)
      socket.destroy()
      resolve({ connection: verdict, streams, reason })
    }
    const take = ({ type, id, payload }: Frame): void => {
      if (type === frameTypes.goaway) {
        // A graceful one is no verdict. Behind another one node:http2 does not always close.
        if (payload.readUInt32BE(4) !== 0)
          finish(errorName(payload.readUInt32BE(4)), payload.toString('latin1', 8))
      } else if (type === frameTypes.rstStream) streams[id] = errorName(payload.readUInt32BE(0))
      // Its body may wait for a window.
      else if (type === frameTypes.headers) streams[id] = 'answered'
      if (streams[probe]) finish('alive')
    }
    socket.on('data', (chunk: Buffer) => {
      try {
        for (const frame of reader.read(chunk)) take(frame)
      } catch (error) {
        reject(error)
      }
    })
    socket.on('error', () => {})
    socket.on('close', () => finish('closed'))
  })
}
