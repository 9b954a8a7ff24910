import type { SchemaChange } from './schema-change.ts'
import type { Side } from './side.ts'

/** What a comparison is to know beside two schemas. */
export interface ComparisonOptions {
  /** What a server takes, or what it gives: then it is our server that fills in defaults, before anybody reads them. */
  readonly part: 'input' | 'output'
  /** Properties that are the same under another name, by the pointer of their object; the old names lead to the new ones. */
  readonly renamed?: ReadonlyMap<string, ReadonlyMap<string, string>>
}

/** A comparison under way. */
export interface Comparison extends ComparisonOptions {
  /** Compares two parts of the schemas. */
  compare(old: Side, next: Side, pointer: string): readonly SchemaChange[]
}

/** Where two schemas stand that are being compared. */
export interface Place {
  readonly comparison: Comparison
  readonly pointer: string
}
