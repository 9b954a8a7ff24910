import { headerList, type HeaderList } from '../../http2/sent-headers.ts'

/** What both sides say that they can read. */
export const accepts = { 'grpc-accept-encoding': 'gzip' } as const
/** What is said of messages that may be packed. */
export const packs = { 'grpc-encoding': 'gzip' } as const

const plain = new Map<string, HeaderList>()
const packed = new Map<string, HeaderList>()

/** The headers of an answer to a good request, by its content type; made once. */
export function responseHeaders(contentType: string, isPacked: boolean): HeaderList {
  const known = (isPacked ? packed : plain).get(contentType)
  if (known) return known
  const list = headerList({
    ':status': '200',
    'content-type': contentType,
    ...(isPacked ? packs : {}),
    ...accepts,
  })
  ;(isPacked ? packed : plain).set(contentType, list)
  return list
}
