import { staticNames, staticSize, staticValues } from './static-table.ts'

/** What an encoder knows about a name before it has seen it. */
export class KnownName {
  /** Its first index in the static table; 0 when it is not in there. */
  readonly index: number
  /** Whether its value is a new one in nearly every message. */
  readonly varies: boolean
  // The static table's values of this name, which stand behind each other from `index` on.
  private readonly values: string[] = []

  constructor(index: number, varies: boolean) {
    this.index = index
    this.varies = varies
  }

  /** The index of the static entry with this value; 0 when there is none. */
  find(value: string): number {
    const { values } = this
    for (let i = 0; i < values.length; i++) if (values[i] === value) return this.index + i
    return 0
  }

  add(value: string): void {
    this.values.push(value)
  }
}

// An entry of one of these would push useful ones out of the table and never be referred to: sizes, times, versions of
// a resource, and what belongs to one request or call only.
const varying = new Set(
  `age content-length content-location content-range date etag expires grpc-message grpc-status-details-bin grpc-timeout
  idempotency-key if-match if-modified-since if-none-match if-range if-unmodified-since last-modified link location
  range referer retry-after traceparent tracestate x-correlation-id x-request-id`.split(/\s+/),
)

/** The names of the static table, and those of which no entry should be made. */
export const knownNames: ReadonlyMap<string, KnownName> = collect()

function collect(): Map<string, KnownName> {
  const names = new Map<string, KnownName>()
  for (let index = 1; index <= staticSize; index++) {
    const name = staticNames[index]!
    const known = names.get(name) ?? new KnownName(index, varying.has(name))
    known.add(staticValues[index]!)
    names.set(name, known)
  }
  for (const name of varying) if (!names.has(name)) names.set(name, new KnownName(0, true))
  return names
}
