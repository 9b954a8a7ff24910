import type { LoadRequest } from '../harness/peer.ts'
import { credentials } from './credentials.ts'

/**
 * The unary call for load generators, the same to every server: the metadata that ours asks for, a deadline, and the message
 * framed (not packed, two octets, field 1 is 7).
 */
export const load: LoadRequest = {
  method: 'POST',
  path: '/cities.CitiesService/get',
  headers: { 'content-type': 'application/grpc', te: 'trailers', 'grpc-timeout': '30S', ...credentials },
  body: '\0\0\0\0\u0002\u0008\u0007',
  // A frame's head, and city 7 as protobuf.
  answerBytes: 5 + 116,
}
