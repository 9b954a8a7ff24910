import { diffApis } from '../generate/diff/diff.ts'
import { isAtLeast, type Affected, type WireForm } from '../generate/diff/finding.ts'
import type { ProtoLock } from '../wire/protobuf/numbers.ts'
import { diffLines } from './diff-text.ts'
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
  /** As JSON, for programs. */
  readonly json?: boolean
}

/** Shows what changed between two versions. Throws a CommandError where something breaks, or a version cannot be had. */
export async function showDiff(
  [old, next]: readonly [old: string, next: string],
  options: DiffCommandOptions,
  terminal: Terminal,
): Promise<void> {
  const { wire, failOn, whom, lockOld, lockNew } = options
  const locks = { ...(await lockOf('old', lockOld)), ...(await lockOf('new', lockNew)) }
  const [a, b] = [await load(old, terminal), await load(next, terminal)]
  const diff = compare([a, b], { ...(wire && { wire }), ...(whom && { whom }), locks })
  const lines = options.json ? [JSON.stringify(diff, null, 2)] : diffLines(diff)
  for (const line of lines) terminal.print(line)
  if (!isAtLeast(diff.level, failOn)) return
  const count = diff.changes.filter(({ level }) => isAtLeast(level, failOn)).length
  const what = failOn === 'breaking' ? 'break' : 'break, or may break,'
  throw failure(
    `${count === 1 ? 'one change' : `${count} changes`} from ${old} to ${next} ${count === 1 ? what.replaceAll('break', 'breaks').replace('may breaks', 'may break') : what} somebody`,
  )
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
