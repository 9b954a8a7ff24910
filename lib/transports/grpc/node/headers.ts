import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http2'
import { checkBlock } from '../../../http2/check-block.ts'
import type { HeaderBlock } from '../../../http2/header-block.ts'
import type { FlatFields } from '../../../http2/sent-headers.ts'

/** What is in them: `:status` is a number. */
type NodeFields = Readonly<Record<string, string | string[] | number | undefined>>

/** Headers as node:http2 gives them; undefined for malformed ones. */
export function blockOf(headers: IncomingHttpHeaders): HeaderBlock | undefined {
  const fields: string[] = []
  for (const [name, value] of Object.entries(headers as NodeFields)) {
    if (value === undefined) continue
    for (const one of Array.isArray(value) ? value : [value]) fields.push(name, String(one))
  }
  const block = checkBlock(fields, undefined)
  return 'malformed' in block ? undefined : block
}

/** Headers as node:http2 takes them. */
export function objectOf(...lists: readonly FlatFields[]): OutgoingHttpHeaders {
  const headers = Object.create(null) as Record<string, string | string[]>
  for (const fields of lists) {
    for (let i = 0; i < fields.length; i += 2) {
      const name = fields[i]!
      const value = fields[i + 1]!
      const before = headers[name]
      headers[name] = before === undefined ? value : [...(Array.isArray(before) ? before : [before]), value]
    }
  }
  return headers
}
