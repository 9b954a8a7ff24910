import { resetStream } from './close-stream.ts'
import type { Http2ErrorCode } from './error.ts'
import { consume } from './receive-window.ts'
import { begin, sendData } from './send-data.ts'
import { sendHeaders, sendTrailers } from './send-headers.ts'
import { commit } from './send-waiting.ts'
import type { HeaderInit } from './sent-headers.ts'
import { StreamState } from './state.ts'
import type { SendOptions } from './stream-face.ts'

/** The one object for each stream: its state, and what its users do with it. */
export class Stream extends StreamState {
  respond(headers: HeaderInit, options?: SendOptions): void {
    sendHeaders(this, headers, options)
  }
  write(octets: Uint8Array | string): boolean {
    return sendData(this, octets, false)
  }
  end(octets?: Uint8Array | string): void {
    sendData(this, octets, true)
  }
  sendTrailers(trailers: HeaderInit, options?: Pick<SendOptions, 'neverIndexed'>): void {
    sendTrailers(this, trailers, options)
  }
  consume(octets: number): void {
    consume(this, octets)
  }
  reset(code: Http2ErrorCode = 'CANCEL'): void {
    resetStream(this, code)
  }

  /** Room for `most` octets of one DATA frame in `connection.output.buffer`: where they go, or -1 where `write` must be used. */
  begin(most: number): number {
    return begin(this, most)
  }
  /** Sends the octets that were written where `begin` said. */
  commit(size: number, endStream: boolean): void {
    commit(this, size, endStream)
  }
}
