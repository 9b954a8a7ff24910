import { sensitiveByDefault } from '../../../lib/http2/hpack/sensitive.ts'
import { headerList, type HeaderInit } from '../../../lib/http2/sent-headers.ts'
import type { SendOptions } from '../../../lib/http2/stream-face.ts'
import type { Random } from './random.ts'

/** Headers to be sent, and what must arrive. */
export interface HeaderPlan {
  readonly init: HeaderInit
  readonly options: Pick<SendOptions, 'extra' | 'neverIndexed'>
  readonly fields: readonly string[]
  /** Names that must arrive as never indexed, sorted. */
  readonly never: readonly string[]
  /** RFC 9113 §6.5.2. */
  readonly size: number
}

const names = [
  'accept',
  'user-agent',
  'x-one',
  'x-two',
  'te',
  'etag',
  'grpc-timeout',
  'x-secret',
  'via',
  'a',
  'cookie',
]
const more = [
  'authorization',
  'x-request-id',
  'content-type',
  'x-three',
  'date',
  'set-cookie',
  'x-four',
  'link',
]
const values = [
  '',
  '1',
  'gzip, deflate',
  'text/plain',
  'aaaaaaaaaaaaaaaaaaaaaaaa',
  'Z\u00ff\u0080z',
  '200',
  'Mon, 21',
]

/** Makes header plans; some lists are kept and sent again and again. */
export class FieldPlans {
  private readonly kept = new Map<string, HeaderPlan[]>()
  private readonly random: Random
  private readonly largest: number

  constructor(random: Random, largest: number) {
    this.random = random
    this.largest = largest
  }

  /** Headers that begin with the pseudo-headers given; `kind` names the ones that are alike. */
  make(kind: string, pseudo: readonly string[], length = -1): HeaderPlan {
    const { random } = this
    const own = length >= 0 ? ['content-length', String(length)] : []
    const extra = random.chance(0.3) && kind !== 'trailers' ? this.regular(random.below(3)) : []
    if (random.chance(0.6)) {
      const list = this.template(kind, pseudo)
      const neverIndexed = random.chance(0.15) ? ['x-secret', 'accept'] : undefined
      return plan(list.init, list.fields, kind === 'trailers' ? [] : [...extra, ...own], neverIndexed)
    }
    const fields = [...pseudo, ...this.regular(random.below(random.chance(0.05) ? 60 : 8)), ...own]
    if (random.chance(0.06)) fields.push('x-large', 'L'.repeat(random.below(this.largest)))
    if (random.chance(0.04)) fields.push('x-binary', '\u00e9'.repeat(random.below(this.largest / 2)))
    const neverIndexed = random.chance(0.2) ? ['x-secret', 'te', 'x-one'] : undefined
    return plan(this.form(fields), fields, extra, neverIndexed)
  }

  private template(kind: string, pseudo: readonly string[]): HeaderPlan {
    const key = `${kind} ${pseudo.join(' ')}`
    const known = this.kept.get(key) ?? []
    this.kept.set(key, known)
    if (known.length > 0 && this.random.chance(0.8)) return this.random.pick(known)
    const fields = [...pseudo, ...this.regular(this.random.below(6))]
    const made = plan(headerList(fields), fields, [], undefined)
    known.push(made)
    return made
  }

  private regular(count: number): string[] {
    const { random } = this
    const fields: string[] = []
    for (let i = 0; i < count; i++) {
      const name = random.pick(random.chance(0.5) ? names : more)
      const value =
        name === 'te' ? 'trailers' : random.chance(0.6) ? random.pick(values) : `v${random.below(1e6)}`
      fields.push(name, value)
    }
    return fields
  }

  // Flat, or an object where the names allow it.
  private form(fields: readonly string[]): HeaderInit {
    const keys = fields.filter((_, i) => i % 2 === 0)
    if (this.random.chance(0.5) || new Set(keys).size < keys.length) return fields
    return Object.fromEntries(keys.map((key, i) => [key, fields[2 * i + 1]!]))
  }
}

function plan(
  init: HeaderInit,
  first: readonly string[],
  extra: readonly string[],
  neverIndexed: readonly string[] | undefined,
): HeaderPlan {
  const fields = [...first, ...extra]
  const secret = new Set([...sensitiveByDefault, ...(neverIndexed ?? [])])
  const never = [...new Set(fields.filter((name, i) => i % 2 === 0 && secret.has(name)))].toSorted()
  const size = fields.reduce((sum, text) => sum + text.length + 16, 0)
  const options = { ...(extra.length > 0 ? { extra } : {}), ...(neverIndexed ? { neverIndexed } : {}) }
  return { init, options, fields, never, size }
}
