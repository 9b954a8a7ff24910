import type { ClientHttp2Session, IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http2'

/** What node:http2's client heard. */
export interface NodeAnswer {
  readonly headers: IncomingHttpHeaders
  readonly interim: readonly IncomingHttpHeaders[]
  readonly body: Buffer
  readonly trailers: IncomingHttpHeaders | undefined
}

/** How a request is made. */
export interface NodeRequest {
  readonly body?: string | Uint8Array
  readonly trailers?: OutgoingHttpHeaders
  /** Takes so many octets of the answer, then lets the others have a turn before it takes the next. */
  readonly slowly?: boolean
  /** Sends the body once the server has said 100. */
  readonly expects?: boolean
}

/** One request by node:http2's client. Rejects with what node says of a reset stream. */
export function askNode(
  session: ClientHttp2Session,
  headers: OutgoingHttpHeaders,
  { body, trailers, slowly = false, expects = false }: NodeRequest = {},
): Promise<NodeAnswer> {
  return new Promise((resolve, reject) => {
    const hasBody = body !== undefined || trailers !== undefined
    const stream = session.request(headers, { endStream: !hasBody, waitForTrailers: trailers !== undefined })
    const interim: IncomingHttpHeaders[] = []
    const pieces: Buffer[] = []
    let response: IncomingHttpHeaders = {}
    let last: IncomingHttpHeaders | undefined
    stream.on('headers', (block) => interim.push(block))
    stream.on('response', (block) => (response = block))
    stream.on('trailers', (block) => (last = block))
    stream.on('wantTrailers', () => stream.sendTrailers(trailers!))
    stream.on('data', (piece: Buffer) => {
      pieces.push(piece)
      if (!slowly) return
      stream.pause()
      setImmediate(() => stream.resume())
    })
    stream.on('end', () =>
      resolve({ headers: response, interim, body: Buffer.concat(pieces), trailers: last }),
    )
    stream.on('error', reject)
    stream.on('close', () => reject(new Error(`closed with ${stream.rstCode}`)))
    if (!hasBody) return
    if (expects) stream.once('continue', () => stream.end(body))
    else stream.end(body)
  })
}
