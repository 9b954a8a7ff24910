import type { Http2Stream } from 'microapi-ts/http2'

/** Writes chunks as fast as the peer takes them, and ends the stream. Nothing else may listen for its drain. */
export const writeAll = async (stream: Http2Stream, chunks: Iterable<string>): Promise<void> => {
  let wake = (): void => {}
  stream.listener = { ...stream.listener, onDrain: () => wake(), onClose: () => wake() }
  for (const chunk of chunks) {
    if (!stream.write(chunk)) await new Promise<void>((resolve) => (wake = resolve))
    if (stream.closed) return
  }
  stream.end()
}
