import { once } from 'node:events'
import type { Http2Stream } from 'node:http2'

/** Bytes that may wait in a stream: its own mark of 16 KiB would have each chunk wait for the one before. */
const AHEAD = 128 * 1024

/** Calls back with the whole body, which most often comes as one chunk. */
export const readBody = (stream: Http2Stream, done: (body: string) => void): void => {
  let only: Buffer | undefined
  let all: Buffer[] | undefined
  stream.on('data', (chunk: Buffer) => {
    if (!only) only = chunk
    else (all ??= [only]).push(chunk)
  })
  stream.on('end', () => done(String(all ? Buffer.concat(all) : (only ?? ''))))
}

/** Writes chunks as fast as the peer takes them, and ends the stream. */
export const writeAll = async (stream: Http2Stream, chunks: Iterable<string>): Promise<void> => {
  for (const chunk of chunks) {
    stream.write(chunk)
    if (stream.writableLength > AHEAD) await once(stream, 'drain')
  }
  stream.end()
}
