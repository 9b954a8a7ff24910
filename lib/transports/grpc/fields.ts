import { isBase64 } from '../../core/base64.ts'
import { RpcError } from '../../core/errors.ts'
import { appendIfSound, createMetadata, type Metadata } from '../../core/metadata.ts'
import type { HeaderBlock } from '../../http2/header-block.ts'

/** Names that belong to the protocol; everything else in a header list is metadata. */
const reserved: ReadonlySet<string> = new Set([
  'accept-encoding',
  'connection',
  'content-length',
  'content-type',
  'date',
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

/**
 * Adds what headers or trailers hold beside the protocol's own to metadata. `onBad` hears of a `-bin` entry that is no
 * base64, which is left out; padding may be missing.
 */
export function readMetadata(
  { fields }: HeaderBlock,
  into: Metadata | undefined,
  onBad?: (name: string) => void,
): Metadata | undefined {
  let metadata = into
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i]!
    if (name.charCodeAt(0) === 58 || isReserved(name)) continue
    // Repeated values may have been joined by a comma.
    const values = name.endsWith('-bin') ? fields[i + 1]!.split(/, */) : [fields[i + 1]!]
    if (name.endsWith('-bin') && !values.every(isBase64)) onBad?.(name)
    else for (const value of values) appendIfSound((metadata ??= createMetadata()), name, padded(name, value))
  }
  return metadata
}

function padded(name: string, value: string): string {
  return name.endsWith('-bin') ? value.padEnd(Math.ceil(value.length / 4) * 4, '=') : value
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
