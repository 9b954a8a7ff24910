import type { Socket } from 'node:net'
import { Connection } from '../connection.ts'
import type { Http2Options } from '../options.ts'
import { writeMark, type Sink } from '../sink.ts'
import type { ConnectionListener } from '../state.ts'

const bufferSize = 64 * 1024
/** Free buffers; busy connections share what idle ones do not need. */
const pool: Buffer[] = []
const pooled = 64
/** Reading pauses while more than this is unwritten: a peer that does not read its answers gets no more of them. */
const readMark = 1024 * 1024
/** Chunks of this size mean that more is waiting. */
const fullChunk = 64 * 1024
/** So many full chunks are taken from one socket before the others have their turn. */
const chunksInTurn = 4
/** From our FIN to the end of a socket whose peer does not close: an RST at once would overtake the GOAWAY. */
const lingerMs = 2_000

const connections = new Set<Connection>()
let wheel: ReturnType<typeof setInterval> | undefined

/** Runs an HTTP/2 connection over a socket that is connected; for TLS its protocol must be `h2`. */
export function drive(
  role: 'server' | 'client',
  socket: Socket,
  listener: ConnectionListener,
  options?: Http2Options,
): Connection {
  const sink = new SocketSink(socket)
  const connection = new Connection(role, sink, listener, options)
  sink.connection = connection
  connection.remoteAddress = socket.remoteAddress
  socket.setNoDelay(true)
  socket.on('data', (octets: Buffer) => sink.read(octets))
  socket.on('drain', () => sink.drain())
  socket.on('end', () => connection.lost())
  socket.on('error', (error) => connection.lost(error))
  socket.on('close', () => {
    connection.lost()
    connections.delete(connection)
  })
  connections.add(connection)
  wheel ??= startWheel()
  connection.start()
  return connection
}

/** One timer for all connections of the process. */
function startWheel(): ReturnType<typeof setInterval> {
  const timer = setInterval(() => {
    const now = performance.now()
    for (const connection of connections) connection.tick(now)
    if (connections.size > 0) return
    clearInterval(timer)
    wheel = undefined
  }, 1_000)
  timer.unref()
  return timer
}

/** A class: there is one for each connection, of which there may be ten thousand. */
class SocketSink implements Sink {
  connection!: Connection
  private readonly socket: Socket
  private readonly copies: boolean
  private fullChunks = 0
  paused = false

  constructor(socket: Socket) {
    this.socket = socket
    // TLS encrypts when it pleases; it needs octets that stay.
    this.copies = 'encrypted' in socket
  }

  // Behind all that this turn still does: few writes for the calls that it answers.
  wake(): void {
    // TLS gives each record in a turn of its own, though they came together; behind the last of them is soon enough.
    if (this.copies) setImmediate(flush, this.connection)
    else queueMicrotask(() => process.nextTick(flush, this.connection))
  }

  lend(): Buffer {
    return pool.pop() ?? Buffer.allocUnsafeSlow(bufferSize)
  }

  giveBack(buffer: Buffer): void {
    if (pool.length < pooled) pool.push(buffer)
  }

  write(buffer: Buffer, length: number): Buffer {
    const { socket } = this
    if (socket.destroyed || socket.writableEnded) return buffer
    if (this.copies) {
      socket.write(Buffer.from(buffer.subarray(0, length)))
      return buffer
    }
    socket.write(buffer.subarray(0, length))
    // Empty right after the write: the kernel has it all, and the buffer is free again.
    return socket.writableLength === 0 ? buffer : this.lend()
  }

  get unwritten(): number {
    return this.socket.writableLength
  }

  end(force: boolean): void {
    const { socket } = this
    if (force) return void socket.destroy()
    socket.end()
    socket.resume()
    setTimeout(() => socket.destroy(), lingerMs).unref()
  }

  now(): number {
    return performance.now()
  }

  read(octets: Buffer): void {
    this.connection.receive(octets)
    if (this.socket.writableLength > readMark) this.pause()
    else if (octets.length >= fullChunk && ++this.fullChunks >= chunksInTurn) {
      this.pause()
      setImmediate(() => this.resume())
    }
  }

  drain(): void {
    if (this.socket.writableLength < writeMark) this.connection.drained()
    if (this.paused) this.resume()
  }

  private pause(): void {
    if (this.paused) return
    this.paused = true
    this.socket.pause()
  }

  private resume(): void {
    this.fullChunks = 0
    if (!this.paused || this.socket.writableLength > readMark) return
    this.paused = false
    this.socket.resume()
  }
}

function flush(connection: Connection): void {
  connection.flush()
}
