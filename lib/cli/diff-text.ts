import type { ApiChange, ApiEffect, ChangeLevel } from '../generate/diff/finding.ts'
import { alignRows, type Row } from './align-rows.ts'

const titles: readonly (readonly [ChangeLevel, string])[] = [
  ['breaking', 'breaks'],
  ['risky', 'may break'],
  ['safe', 'breaks nobody who counts'],
]

/** What changed, for people: by level, then by service and method; what somebody has accepted behind it. */
export function diffLines(
  changes: readonly ApiChange[],
  isAccepted: (change: ApiChange) => boolean,
): readonly string[] {
  if (changes.length === 0) return ['nothing has changed']
  const open = changes.filter((change) => !isAccepted(change))
  const groups = [
    ...titles.map(([level, title]) => ({ title, own: open.filter((change) => change.level === level) })),
    { title: 'accepted', own: changes.filter(isAccepted) },
  ]
  return groups
    .flatMap(({ title, own }) =>
      own.length === 0 ? [] : ['', `${title} (${own.length})`, ...methodLines(own)],
    )
    .slice(1)
}

/** A change in one line, the same for whoever counts: what `--lines` prints and `--accept` takes. */
export function changeLine(change: ApiChange): string {
  const { part, pointer = '' } = change
  const where = part === undefined ? '' : ` ${part}${pointer}`
  return `${nameOf(change)}${where}: ${textOf(change)}`.replaceAll(/\s+/g, ' ')
}

/** Each method once, its changes below it. */
function methodLines(changes: readonly ApiChange[]): readonly string[] {
  const names = [...new Set(changes.map(nameOf))]
  const rows = names.map((name) => changes.filter((change) => nameOf(change) === name).map(rowOf))
  // One table, so that columns stand below each other in all of it.
  const lines = alignRows(rows.flat())
  let at = 0
  return names.flatMap((name, i) => {
    const own = rows[i]!.reduce(
      (height, { cells }) => height + Math.max(...cells.map((cell) => cell.length)),
      0,
    )
    at += own
    return [`  ${name}`, ...lines.slice(at - own, at).map((line) => `    ${line}`)]
  })
}

function nameOf({ service, method }: ApiChange): string {
  return method === undefined ? service : `${service}.${method}`
}

function rowOf(change: ApiChange): Row {
  const { part, pointer = '', effects } = change
  return { cells: [[part === undefined ? '-' : `${part}${pointer}`], effectsText(effects), [textOf(change)]] }
}

function textOf({ message, old, new: next, rule }: ApiChange): string {
  if (/^(required-)?property-added$/.test(rule) && next !== undefined) return `${message} (${next})`
  if (rule === 'property-removed' && old !== undefined) return `${message} (${old})`
  return message
}

/** One line for each who is affected, with the forms over which. */
function effectsText(effects: readonly ApiEffect[]): readonly string[] {
  const whom = [...new Set(effects.map((effect) => effect.whom))]
  const lines = whom.map((who) => {
    const own = effects.filter((effect) => effect.whom === who)
    const levels = new Set(own.map(({ level }) => level))
    const forms = own.map(({ wire, level }) =>
      levels.size > 1 && level === 'risky' ? `${wire} perhaps` : wire,
    )
    const all = levels.size === 1 && levels.has('risky') ? 'perhaps ' : ''
    return `${all}${who}: ${forms.join(', ')}`
  })
  return lines.length === 0 ? ['-'] : lines
}
