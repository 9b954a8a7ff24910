import { RpcError } from '../../core/errors.ts'
import { appendIfSound, createMetadata, type Metadata } from '../../core/metadata.ts'
import type { HeaderBlock } from '../../http2/header-block.ts'

/** Names that belong to the protocol; everything else in a header list is metadata. */
const reserved: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'content-type',
  'host',
  'keep-alive',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
  'user-agent',
])

function isReserved(name: string): boolean {
  return name.startsWith('grpc-') || reserved.has(name)
}

/** Adds what headers or trailers hold beside the protocol's own to metadata. */
export function readMetadata({ fields }: HeaderBlock, into: Metadata | undefined): Metadata | undefined {
  let metadata = into
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i]!
    if (name.charCodeAt(0) === 58 || isReserved(name)) continue
    appendIfSound(
      (metadata ??= createMetadata()),
      name,
      name.endsWith('-bin') ? padded(fields[i + 1]!) : fields[i + 1]!,
    )
  }
  return metadata
}

/** Peers may leave base64's padding out, and join repeated values by a comma. */
function padded(value: string): string {
  return value
    .split(/, */)
    .map((one) => one.padEnd(Math.ceil(one.length / 4) * 4, '='))
    .join(', ')
}

const none: readonly string[] = []

/** Metadata as header fields. Throws INVALID_ARGUMENT for a key that gRPC has for itself. */
export function metadataFields(metadata: Metadata): readonly string[] {
  if (metadata.size === 0) return none
  const fields: string[] = []
  for (const [name, value] of metadata) {
    if (isReserved(name))
      throw new RpcError('INVALID_ARGUMENT', `metadata ${name}: gRPC has this name for itself`)
    // Space around a value does not survive any HTTP.
    fields.push(name, value.trim())
  }
  return fields
}
