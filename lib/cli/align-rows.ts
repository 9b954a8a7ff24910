/** A row of a table. */
export interface Row {
  /** Each cell is lines that stand below each other. */
  readonly cells: readonly (readonly string[])[]
  /** Lines below the row, across its columns. */
  readonly notes?: readonly string[]
}

/** The lines of a table, whose columns are as wide as what stands in them. */
export function alignRows(rows: readonly Row[]): readonly string[] {
  const widths: number[] = []
  for (const { cells } of rows)
    for (const [i, lines] of cells.entries())
      widths[i] = Math.max(widths[i] ?? 0, ...lines.map((line) => line.length))
  return rows.flatMap(({ cells, notes = [] }) => {
    const height = Math.max(...cells.map((lines) => lines.length))
    const lines = Array.from({ length: height }, (_, at) =>
      cells
        .map((cell, i) => (cell[at] ?? '').padEnd(widths[i]!))
        .join('  ')
        .trimEnd(),
    )
    return [...lines, ...notes.map((note) => `  ${note}`)]
  })
}
