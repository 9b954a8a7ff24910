import process from 'node:process'

/** Where answers go. */
export interface AnswerOutput {
  readonly isTerminal: boolean
  /** Writes one; resolves when there is room for the next. */
  write(answer: unknown): Promise<void>
  /** Aborts when nobody reads any more (`| head -1`). */
  readonly closed: AbortSignal
}

/** Answers on stdout: one a line, or laid out for a person where it is a terminal. */
export function openAnswerOutput(): AnswerOutput {
  const { stdout } = process
  const closed = new AbortController()
  const isTerminal = stdout.isTTY
  stdout.on('error', () => closed.abort())
  return {
    isTerminal,
    closed: closed.signal,
    async write(answer) {
      const text = isTerminal ? escapeControls(JSON.stringify(answer, null, 2)) : JSON.stringify(answer)
      if (!stdout.write(`${text}\n`)) await new Promise<void>((resolve) => void stdout.once('drain', resolve))
    },
  }
}

// oxlint-disable-next-line no-control-regex -- they are what it is about
const controls = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/g

/** Text from a peer with the characters that a terminal acts upon, but for line breaks and tabs, as JSON's escapes. */
export function escapeControls(text: string): string {
  return text.replaceAll(controls, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
