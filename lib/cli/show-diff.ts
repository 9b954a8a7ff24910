import { diffApis } from '../generate/diff/diff.ts'
import { isAtLeast, worst, type Affected, type ApiChange, type WireForm } from '../generate/diff/finding.ts'
import type { ProtoLock } from '../wire/protobuf/numbers.ts'
import { readAccepted, type AcceptedChanges } from './accepted-changes.ts'
import { changeLine, diffLines } from './diff-text.ts'
import { failure, oneLine, wrongUsage } from './failure.ts'
import { foreignCopyNote } from './foreign-copy.ts'
import { loadSource, type LoadedSource } from './load-source.ts'
import { readLock } from './proto-lock.ts'
import type { Terminal } from './terminal.ts'

/** How two versions are compared. */
export interface DiffCommandOptions {
  readonly wire?: WireForm
  readonly failOn: 'breaking' | 'risky'
  readonly whom?: readonly Affected[]
  readonly lockOld?: string
  readonly lockNew?: string
  /** Files of changes that nobody is to fail on. */
  readonly accept?: readonly string[]
  /** A line for each change that it fails on, and nothing else. */
  readonly lines?: boolean
  /** As JSON, for programs. */
  readonly json?: boolean
}

/** Shows what changed between two versions. Throws a CommandError where something breaks, or a version cannot be had. */
export async function showDiff(
  [old, next]: readonly [old: string, next: string],
  options: DiffCommandOptions,
  terminal: Terminal,
): Promise<void> {
  const { wire, failOn, whom, lockOld, lockNew, accept = [] } = options
  const accepted = await readAccepted(accept)
  const locks = { ...(await lockOf('old', lockOld)), ...(await lockOf('new', lockNew)) }
  const [a, b] = [await load(old, terminal), await load(next, terminal)]
  const { changes } = compare([a, b], { ...(wire && { wire }), ...(whom && { whom }), locks })
  // What is accepted of a form that is left out this time has not gone.
  const all = wire && accept.length > 0 ? compare([a, b], { locks }).changes : changes
  const gone = accepted.without(all)
  const failing = changes.filter((change) => isAtLeast(change.level, failOn) && !accepted.has(change))
  for (const line of linesOf({ changes, failing, gone, accepted }, options)) terminal.print(line)
  for (const line of gone)
    terminal.warn(`microapi: accepted, and no change any more: ${line}; take the line out`)
  const count = failing.length
  if (count === 0) return
  const what = failOn === 'breaking' ? 'break' : 'break, or may break,'
  throw failure(
    `${count === 1 ? 'one change' : `${count} changes`} from ${old} to ${next} ${count === 1 ? what.replaceAll('break', 'breaks').replace('may breaks', 'may break') : what} somebody`,
  )
}

interface Found {
  readonly changes: readonly ApiChange[]
  readonly failing: readonly ApiChange[]
  readonly gone: readonly string[]
  readonly accepted: AcceptedChanges
}

function linesOf(
  { changes, failing, gone, accepted }: Found,
  { json = false, lines = false, accept }: DiffCommandOptions,
): readonly string[] {
  if (lines) return failing.map(changeLine)
  if (!json) return diffLines(changes, accepted.has)
  const marked = changes.map((change) => ({ ...change, ...(accepted.has(change) && { accepted: true }) }))
  const level = worst(changes.filter((change) => !accepted.has(change)).map((change) => change.level))
  return [JSON.stringify({ level, changes: marked, ...(accept && { gone }) }, null, 2)]
}

async function lockOf(
  side: 'old' | 'new',
  file: string | undefined,
): Promise<{ old?: ProtoLock; new?: ProtoLock }> {
  if (file === undefined) return {}
  const lock = await readLock(file)
  if (!lock) throw wrongUsage(`there is no file ${file}; microapi generate --proto writes a lock`)
  return { [side]: lock }
}

async function load(argument: string, terminal: Terminal): Promise<LoadedSource> {
  const loaded = await loadSource(argument)
  if (loaded.isForeign) terminal.warn(`microapi: ${foreignCopyNote(argument)}`)
  return loaded
}

function compare(
  [a, b]: readonly [LoadedSource, LoadedSource],
  options: Parameters<typeof diffApis>[2],
): ReturnType<typeof diffApis> {
  try {
    return diffApis(a.source, b.source, options)
  } catch (error) {
    throw failure(`they cannot be compared: ${oneLine(error)}`, error)
  }
}
