/** What a header block is, by its pseudo-headers (RFC 9113 §8.3). */
export type BlockKind = 'request' | 'response' | 'interim' | 'trailers'

/**
 * A header list as it came, checked. It may be shared by all streams that sent the same octets: it never changes,
 * but for `route`, which is the place of whoever reads it.
 */
export class HeaderBlock implements Iterable<readonly [name: string, value: string]> {
  /** Names and values, one after the other; pseudo-headers first. */
  readonly fields: readonly string[]
  readonly kind: BlockKind
  readonly method: string | undefined
  readonly scheme: string | undefined
  readonly authority: string | undefined
  readonly path: string | undefined
  /** Of a response; 0 otherwise. */
  readonly status: number
  /** What `content-length` says; -1 where it is missing. */
  readonly contentLength: number
  /** Names whose values came as "never indexed" (RFC 7541 §6.2.3): whoever passes them on must do likewise. */
  readonly neverIndexed: readonly string[] | undefined
  /** Kept for the layer above: what this block was found to lead to. Lost with the block, at any time. */
  route: unknown = undefined

  constructor(facts: BlockFacts) {
    this.fields = facts.fields
    this.kind = facts.kind
    this.method = facts.method
    this.scheme = facts.scheme
    this.authority = facts.authority
    this.path = facts.path
    this.status = facts.status
    this.contentLength = facts.contentLength
    this.neverIndexed = facts.neverIndexed
  }

  /** The value under a lower-case name, repeated ones joined by `, ` (`; ` for cookie, RFC 9113 §8.2.3). */
  get(name: string): string | undefined {
    const { fields } = this
    let found: string | undefined
    for (let i = 0; i < fields.length; i += 2) {
      if (fields[i] !== name) continue
      found =
        found === undefined ? fields[i + 1]! : `${found}${name === 'cookie' ? '; ' : ', '}${fields[i + 1]!}`
    }
    return found
  }

  *[Symbol.iterator](): IterableIterator<readonly [name: string, value: string]> {
    for (let i = 0; i < this.fields.length; i += 2) yield [this.fields[i]!, this.fields[i + 1]!]
  }

  /** An object of all fields, repeated ones joined. */
  toJSON(): Record<string, string> {
    const object: Record<string, string> = Object.create(null) as Record<string, string>
    for (const [name] of this) object[name] ??= this.get(name)!
    return object
  }
}

/** What {@link HeaderBlock} is made of. */
export interface BlockFacts {
  readonly fields: readonly string[]
  readonly kind: BlockKind
  readonly method: string | undefined
  readonly scheme: string | undefined
  readonly authority: string | undefined
  readonly path: string | undefined
  readonly status: number
  readonly contentLength: number
  readonly neverIndexed: readonly string[] | undefined
}
