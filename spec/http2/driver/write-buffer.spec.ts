import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'

async function pair(): Promise<[Socket, Socket]> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve))
  const { port } = server.address() as AddressInfo
  const one = connect(port, '127.0.0.1')
  onTestFinished(() => {
    one.destroy()
    server.close()
  })
  await new Promise((resolve) => one.once('connect', resolve))
  const other = await accepted
  onTestFinished(() => void other.destroy())
  return [one, other]
}

// The driver writes into the same buffer again when Node says, right after a write, that nothing of it waits: libuv
// tries to write at once, and what it could not write counts as writableLength. No documentation promises this.
it('a TCP socket with nothing unwritten right after a write has no more use for the buffer', async () => {
  const [writer, reader] = await pair()
  const size = 64 * 1024
  const rounds = 400
  let buffer = Buffer.allocUnsafeSlow(size)
  let free = 0
  let kept = 0
  let received = 0
  let wrong = 0
  // Not read for a while, so that the kernel takes no more and writes have to wait.
  reader.pause()
  reader.on('data', (piece: Buffer) => {
    for (const octet of piece) if (octet !== Math.floor(received++ / size) % 251) wrong++
  })
  for (let round = 0; round < rounds; round++) {
    buffer.fill(round % 251)
    writer.write(buffer)
    if (writer.writableLength === 0) {
      free++
      buffer.fill(255)
    } else {
      kept++
      buffer = Buffer.allocUnsafeSlow(size)
      reader.resume()
      if (kept % 3 === 0) await new Promise((resolve) => writer.once('drain', resolve))
    }
  }
  reader.resume()
  await expect.poll(() => received).toBe(rounds * size)
  expect(wrong).toBe(0)
  // Both have happened, or nothing was shown.
  expect(free).toBeGreaterThan(10)
  expect(kept).toBeGreaterThan(0)
})
