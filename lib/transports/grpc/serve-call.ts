import type { RpcError } from '../../core/errors.ts'
import type { Http2Stream, StreamListener } from '../../http2/stream-face.ts'
import { accepts } from './response-headers.ts'
import { ServerCall, type ServerContext } from './server-call.ts'
import type { Route } from './server-routes.ts'
import { failureFields } from './status.ts'

/** Begins to answer a request. */
export function serveCall(stream: Http2Stream, context: ServerContext): void {
  const route = context.router(stream.headers!)
  if (route.failure) return refuse(stream, route, route.failure)
  const call = new ServerCall(stream, route, context)
  stream.data = call
  stream.listener = listener
  call.begin()
}

function refuse(stream: Http2Stream, { codec, status, service }: Route, failure: RpcError): void {
  const extra = failureFields(failure, service)
  stream.respond({ ':status': status, 'content-type': codec.contentType, ...accepts }, { extra, end: true })
  // What the client still sends is in vain.
  if (!stream.closed) stream.reset('NO_ERROR')
}

const listener: StreamListener = {
  onData: (stream, octets) => (stream.data as ServerCall).data(octets),
  onEnd: (stream) => (stream.data as ServerCall).ended(),
  onDrain: (stream) => (stream.data as ServerCall).outgoing.drained(),
  onClose: (stream) => (stream.data as ServerCall).closed(),
}
