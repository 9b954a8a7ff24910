/** How bad a change is: nobody notices it, somebody may, somebody does. */
export type ChangeLevel = 'safe' | 'risky' | 'breaking'

/** A form that messages have between caller and server. */
export type WireForm = 'json' | 'protobuf'

/** Who meets the other side's version: callers of before at the new server, new callers at the old one, messages that were kept. */
export type Affected = 'old clients' | 'new clients' | 'stored events'

/** What a change means to somebody, over one wire form. */
export interface ApiEffect {
  readonly whom: Affected
  readonly wire: WireForm
  readonly level: Exclude<ChangeLevel, 'safe'>
}

/** A change between two versions of an API. */
export interface ApiChange {
  /** The worst of its effects on those who count: see {@link DiffOptions}. */
  readonly level: ChangeLevel
  /** What kind of change it is, as `property-removed`: the same word for ever. */
  readonly rule: string
  readonly service: string
  /** Missing where a whole service has changed. */
  readonly method?: string
  /** Missing where the method itself has changed; of an error's details `errors.NAME`. */
  readonly part?: string
  /** A JSON pointer (RFC 6901) into the part; `*` stands for every item or key. */
  readonly pointer?: string
  /** One sentence. */
  readonly message: string
  /** What stood there, as text; missing where nothing did. */
  readonly old?: string
  readonly new?: string
  readonly effects: readonly ApiEffect[]
}

/** What {@link diffApis} gives. */
export interface ApiDiff {
  /** The worst level of its changes. */
  readonly level: ChangeLevel
  /** The worst first, then as the old version has them. */
  readonly changes: readonly ApiChange[]
}

const ranks = { safe: 0, risky: 1, breaking: 2 } as const

/** Whether a level is at least as bad as another. */
export function isAtLeast(level: ChangeLevel, other: ChangeLevel): boolean {
  return ranks[level] >= ranks[other]
}

/** The worst of some levels; safe where there is none. */
export function worst(levels: readonly ChangeLevel[]): ChangeLevel {
  return levels.reduce<ChangeLevel>((before, one) => (isAtLeast(before, one) ? before : one), 'safe')
}
