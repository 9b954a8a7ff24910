import { readFile } from 'node:fs/promises'
import type { ApiChange } from '../generate/diff/finding.ts'
import { changeLine } from './diff-text.ts'
import { wrongUsage } from './failure.ts'

/** Changes that somebody has said yes to. */
export interface AcceptedChanges {
  has(change: ApiChange): boolean
  /** The lines that no change is like, with where they stand: `FILE:LINE: …`. */
  without(changes: readonly ApiChange[]): readonly string[]
}

/**
 * Reads files of accepted changes: a line for each, as {@link changeLine} has it; empty ones and those with a `#` before them are
 * for people. Throws a CommandError where one cannot be read.
 */
export async function readAccepted(files: readonly string[]): Promise<AcceptedChanges> {
  const lines = (await Promise.all(files.map(linesOf))).flat()
  const texts = new Set(lines.map(({ text }) => text))
  return {
    has: (change) => texts.has(changeLine(change)),
    without(changes) {
      const known = new Set(changes.map(changeLine))
      return lines.filter(({ text }) => !known.has(text)).map(({ at, text }) => `${at}: ${text}`)
    },
  }
}

async function linesOf(file: string): Promise<readonly { readonly at: string; readonly text: string }[]> {
  const whole = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw wrongUsage(
      error.code === 'ENOENT'
        ? `there is no file ${file}; microapi diff --lines writes what goes into one`
        : `${file} cannot be read: ${error.message}`,
    )
  })
  return whole
    .split('\n')
    .map((line, i) => ({ at: `${file}:${i + 1}`, text: line.trim() }))
    .filter(({ text }) => text !== '' && !text.startsWith('#'))
}
