import { alignRows, type Row } from './align-rows.ts'
import type { AppDescription, DescribedMethod } from './app-description.ts'
import { fieldLines, namedSchemas } from './schema-text.ts'

/** What a person calls the kinds of methods. */
const patterns: Readonly<Record<DescribedMethod['kind'], string>> = {
  unary: 'unary',
  serverStream: 'server stream',
  clientStream: 'client stream',
  bidiStream: 'bidi stream',
  event: 'event',
}

const heading: Row = { cells: [['METHOD'], ['PATTERN'], ['INPUT'], ['OUTPUT']] }

/** What an app offers, as a table for each service, and one of the schemas that have names. */
export function infoLines(argument: string, { version, services }: AppDescription): readonly string[] {
  const tables = Object.entries(services).map(([name, methods]) => ({
    name,
    rows: [heading, ...Object.entries(methods).map(([method, facts]) => rowOf(method, facts))],
  }))
  const types = { name: 'types', rows: namedIn(services) }
  return [
    `${argument}${version === undefined ? '' : ` version ${version}`}`,
    ...[...tables, ...(types.rows.length > 0 ? [types] : [])].flatMap(({ name, rows }) => [
      '',
      name,
      ...alignRows(rows).map((line) => `  ${line}`),
    ]),
  ]
}

function rowOf(name: string, facts: DescribedMethod): Row {
  const { kind, input, output } = facts
  const out = kind === 'event' ? [] : fieldLines(output)
  return { cells: [[name], [patterns[kind]], orDash(fieldLines(input)), orDash(out)], notes: notesOf(facts) }
}

function notesOf({ options, errors }: DescribedMethod): readonly string[] {
  const { summary, deprecated = false, idempotent = false, timeoutMs } = options
  const failures = Object.entries(errors).map(([reason, { code }]) => `${reason} (${code})`)
  const words = [
    ...(deprecated ? ['deprecated'] : []),
    ...(idempotent ? ['idempotent'] : []),
    ...(timeoutMs === undefined ? [] : [`timeout ${timeoutMs} ms`]),
    ...(failures.length > 0 ? [`errors ${failures.join(', ')}`] : []),
  ]
  return [...(summary === undefined ? [] : [summary]), ...(words.length > 0 ? [words.join('; ')] : [])]
}

function namedIn(services: AppDescription['services']): readonly Row[] {
  const all = Object.values(services).flatMap((methods) => Object.values(methods))
  const named = new Map(all.flatMap(({ input, output }) => [...namedSchemas(input), ...namedSchemas(output)]))
  return [...named].map(([name, schema]) => ({ cells: [[name], orDash(fieldLines(schema))] }))
}

function orDash(lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? ['-'] : lines
}
