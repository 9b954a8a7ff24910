import { describeApp } from './app-description.ts'
import { foreignCopyNote } from './foreign-copy.ts'
import { infoLines } from './info-text.ts'
import { loadSource } from './load-source.ts'
import type { Terminal } from './terminal.ts'
import { withoutPassword } from './without-password.ts'

/** How an app is shown. */
export interface InfoOptions {
  /** As JSON, for programs. */
  readonly json?: boolean
}

/** Shows what an app, a contract, a server or a saved description offers. Throws a CommandError for what is none of them. */
export async function showInfo(argument: string, { json }: InfoOptions, terminal: Terminal): Promise<void> {
  const { source, file, isForeign } = await loadSource(argument)
  if (isForeign && file !== undefined) terminal.warn(`microapi: ${foreignCopyNote(file)}`)
  const description = describeApp(source)
  const lines = json
    ? [JSON.stringify(description, null, 2)]
    : infoLines(withoutPassword(argument), description)
  for (const line of lines) terminal.print(line)
}
