import { checkBlock } from './check-block.ts'
import { isFieldName, isFieldValue, isForbidden } from './field-syntax.ts'
import type { BlockKind } from './header-block.ts'

/** Names and values, one after the other: `[':status', '200', 'content-type', 'text/plain']`. */
export type FlatFields = readonly string[]

/** Headers to be sent: an object, flat fields, or a list that was made once. In flat fields names are lower-case and pseudo-headers come first. */
export type HeaderInit =
  | HeaderList
  | FlatFields
  | Readonly<Record<string, string | number | readonly string[] | undefined>>

/** Fields that have been checked, to be sent any number of times; a connection keeps their compressed form. */
export class HeaderList {
  readonly fields: FlatFields
  readonly kind: BlockKind
  /** Of a request. */
  readonly method: string | undefined
  /** Of a response; 0 otherwise. */
  readonly status: number

  /** @internal */
  constructor(fields: FlatFields, kind: BlockKind, method: string | undefined, status: number) {
    this.fields = fields
    this.kind = kind
    this.method = method
    this.status = status
  }
}

/** A header block that is about to be sent: a list, and fields of this message alone. */
export interface HeadersToSend {
  readonly list: HeaderList | undefined
  /** Whether the list is one that its user keeps: then it is worth a place in the table, and is remembered. */
  readonly kept: boolean
  readonly extra: FlatFields
  /** Names beside the usual ones whose values no table may keep. */
  readonly neverIndexed: readonly string[] | undefined
}

/**
 * Makes a list that is sent again and again: it is checked once, and compressed once for each connection.
 * Put what differs from message to message beside it (`extra`), not into a list of its own.
 * Throws a TypeError for what has no place in HTTP/2.
 */
export function headerList(init: HeaderInit): HeaderList {
  if (init instanceof HeaderList) return init
  const fields = isFlat(init) ? [...init] : flattened(init)
  checkText(fields)
  const block = checkBlock(fields, undefined)
  if ('malformed' in block) throw new TypeError(`http2: ${block.malformed}`)
  return new HeaderList(fields, block.kind, block.method, block.status)
}

/** Fields without pseudo-headers: trailers, or what is added to a list. Throws a TypeError for others. */
export function plainFields(init: HeaderInit): FlatFields {
  if (init instanceof HeaderList) {
    if (init.kind !== 'trailers') throw new TypeError(`http2: ${init.fields[0]} has no place here`)
    return init.fields
  }
  const fields = isFlat(init) ? [...init] : flattened(init)
  checkText(fields)
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i]!
    const value = fields[i + 1]!
    if (!isFieldName(name))
      throw new TypeError(
        `http2: ${JSON.stringify(name)} is no name of a field that could stand here; names are lower-case`,
      )
    if (!isFieldValue(value))
      throw new TypeError(
        `http2: the value of ${name} has a character that it may not have, or space around it`,
      )
    if (isForbidden(name, value)) throw new TypeError(`http2: ${name}: ${value} has no place in HTTP/2`)
  }
  return fields
}

function isFlat(init: HeaderInit): init is FlatFields {
  return Array.isArray(init)
}

function checkText(fields: FlatFields): void {
  if (fields.length % 2 === 1) throw new TypeError('http2: flat fields are names and values in turn')
  for (const text of fields) {
    if (typeof text !== 'string')
      throw new TypeError(`http2: a header of type ${typeof text}; names and values are strings`)
  }
}

function flattened(init: Exclude<HeaderInit, HeaderList | FlatFields>): string[] {
  const pseudo: string[] = []
  const regular: string[] = []
  for (const [given, values] of Object.entries(init)) {
    if (values === undefined) continue
    const name = given.toLowerCase()
    const fields = name.startsWith(':') ? pseudo : regular
    for (const value of Array.isArray(values) ? (values as readonly string[]) : [values])
      fields.push(name, String(value))
  }
  return pseudo.length === 0 ? regular : [...pseudo, ...regular]
}
