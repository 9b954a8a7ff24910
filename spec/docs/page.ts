/** Reads the code blocks of a Markdown page. */
import { readFileSync } from 'node:fs'
import path from 'node:path'

/** A fenced block of code, and what the HTML comment before it says of it. */
export interface Block {
  readonly language: string
  readonly code: string
  /** The text of the comment right before the block, if there is one. */
  readonly mark: string
  /** Where its code begins on the page. */
  readonly line: number
}

/** A page's blocks in order. What a block writes is checked against the `prints` block behind it. */
export interface Page {
  /** A word for folders and test names: `README`, `docs-http`. */
  readonly name: string
  readonly file: string
  readonly blocks: readonly Block[]
}

export function readPage(file: string): Page {
  const name = file.replace(/\.md$/, '').replaceAll(path.sep, '-')
  return { name, file, blocks: blocksOf(readFileSync(file, 'utf8')) }
}

/** The fenced blocks of a Markdown text; throws for a fence that is never closed. */
export function blocksOf(text: string): Block[] {
  const lines = text.split('\n')
  const blocks: Block[] = []
  for (let i = 0; i < lines.length; i++) {
    const language = /^```(\w*)\s*$/.exec(lines[i]!)?.[1]
    if (language === undefined) continue
    const end = lines.indexOf('```', i + 1)
    if (end < 0) throw new Error(`line ${i + 1}: this block is never closed`)
    const before = lines.slice(0, i).findLast((line) => line.trim() !== '') ?? ''
    const mark = /^<!--\s*(.*?)\s*-->$/.exec(before)?.[1] ?? ''
    blocks.push({ language, mark, line: i + 2, code: lines.slice(i + 1, end).join('\n') })
    i = end
  }
  return blocks
}

/** Something on a page to be done, in order. */
export type Step =
  | {
      readonly kind: 'file' | 'module'
      readonly name: string
      readonly run: boolean
      readonly block: Block
      readonly prints: Block | undefined
    }
  | { readonly kind: 'shell'; readonly block: Block; readonly prints: Block | undefined }

/**
 * What a page says is to be tried:
 * - every `ts` block is type-checked and run, save those marked `types only: why`. One that begins with a file name in a
 *   comment is that file, and the page's others may import it;
 * - every `sh` block with a curl in it is run, save those marked `not run: why`;
 * - a block marked `prints` behind one of them holds lines that it must have written, in order; `…` stands for anything.
 */
export function stepsOf({ blocks }: Pick<Page, 'blocks'>): Step[] {
  const steps: Step[] = []
  for (const [i, block] of blocks.entries()) {
    const next = blocks[i + 1]
    const prints = next?.mark === 'prints' ? next : undefined
    if (block.language === 'ts') {
      const file = /^\/\/ ([\w/-]+\.ts)\b/.exec(block.code)?.[1]
      const run = !isExempt(block, 'types only')
      steps.push({
        kind: file ? 'file' : 'module',
        name: file ?? `line-${block.line}.ts`,
        run,
        block,
        prints,
      })
    } else if (block.language === 'sh' && block.code.includes('curl') && !isExempt(block, 'not run')) {
      steps.push({ kind: 'shell', block, prints })
    }
  }
  return steps
}

function isExempt({ mark, line }: Block, words: string): boolean {
  if (!mark.startsWith(words)) return false
  if (!/^[^:]+: \S/.test(mark)) throw new Error(`line ${line}: say why, as in <!-- ${words}: the reason -->`)
  return true
}

/** The first line of `expected` that `output` lacks behind those before it, if any. */
export function missingLine(output: string, expected: string): string | undefined {
  const lines = output.split('\n').map((line) => line.trim())
  let at = 0
  for (const wanted of expected.split('\n').map((line) => line.trim())) {
    if (wanted === '') continue
    const pattern = new RegExp(
      `^${wanted
        .split('…')
        .map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
        .join('.*')}$`,
    )
    const found = lines.findIndex((line, i) => i >= at && pattern.test(line))
    if (found < 0) return wanted
    at = found + 1
  }
  return undefined
}
