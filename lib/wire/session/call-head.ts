import { parseTimeout } from '../../core/deadline.ts'
import { createMetadata, type Metadata } from '../../core/metadata.ts'
import type { Envelope } from './envelope.ts'

const timeoutKey = 'timeout-ms'

/** What the metadata of a call's first envelope hold. */
export interface CallHead {
  readonly metadata: Metadata | undefined
  readonly timeoutMs: number | undefined
}

/** Reads a caller's metadata; throws INVALID_ARGUMENT for values that metadata cannot hold. */
export function readHead(json: Envelope['metadata']): CallHead {
  let metadata: Metadata | undefined
  let timeoutMs: number | undefined
  for (const key in json) {
    const value = json[key]
    if (key === timeoutKey) timeoutMs = parseTimeout(textOf(value))
    else (metadata ??= createMetadata()).set(key, value as string)
  }
  return { metadata, timeoutMs }
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? `${value}` : typeof value
}
