import type { Goal, Line, Report, Row } from './report.ts'

const WIDTHS = [36, 9, 19, 13, 6, 10]

const number = (value: number): string => {
  const digits = value < 10 ? 2 : value < 100 ? 1 : 0
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}

const bound = ({ atLeast, atMost, atMostAbove }: Goal): string => {
  if (atMostAbove !== undefined) return `≤ +${atMostAbove.toLocaleString('en')}`
  return atLeast === undefined ? `≤ ${atMost?.toLocaleString('en')}` : `≥ ${atLeast.toLocaleString('en')}`
}

const columns = ([first = '', ...rest]: string[], last: string): string =>
  [first.padEnd(WIDTHS[0]!), ...rest.map((cell, index) => cell.padStart(WIDTHS[index + 1]!)), ` ${last}`]
    .join(' ')
    .trimEnd()

const lineText = ({ title, figure, cpu, error, ratio, goal, reached }: Line): string => {
  const verdict = goal ? (reached ? 'ok' : 'MISSED') : ''
  const wanted = goal ? bound(goal) : ''
  if (!figure)
    return `${columns([`  ${title}`, 'FAILED', '', '', '', wanted], verdict)}\n      ${error?.split('\n')[0]}`
  const spread = `${number(figure.min)} – ${number(figure.max)}`
  const ours = ratio === undefined ? '' : ratio.toFixed(2)
  const times = cpu ? `${number(cpu.server)} + ${number(cpu.client)}` : ''
  return columns([`  ${title}`, number(figure.median), spread, times, ours, wanted], verdict)
}

const rowText = (row: Row): string => {
  if (row.leftOut) return `${row.title}: left out, ${row.leftOut}`
  const head = columns([row.title, row.unit, 'least – most', 'cpu, µs', 'ours ÷', 'goal'], '')
  return [head, ...row.lines.map(lineText)].join('\n')
}

/** One row of a report as text (`cpu, µs`: the server's + the client's processor time a call or item), for printing as soon as it is measured. */
export const printRow = (row: Row): void => console.log(`\n${rowText(row)}`)

/** The closing line of a suite: goals reached, and which were not. */
export const printVerdict = ({ suite, rows }: Report): void => {
  const missed = rows.flatMap((row) =>
    row.lines.filter((line) => line.goal && !line.reached).map((line) => `${row.title} (${line.title})`),
  )
  const goals = rows.flatMap((row) => row.lines).filter((line) => line.goal).length
  console.log(`\n${suite}: ${goals - missed.length} of ${goals} goals reached`)
  for (const title of missed) console.log(`  MISSED  ${title}`)
}
