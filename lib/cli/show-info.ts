import { describeApp } from './app-description.ts'
import { wrongUsage } from './failure.ts'
import { foreignCopyNote } from './foreign-copy.ts'
import { infoLines } from './info-text.ts'
import { loadApp } from './load-app.ts'
import type { Terminal } from './terminal.ts'

/** How an app is shown. */
export interface InfoOptions {
  /** As JSON, for programs. */
  readonly json?: boolean
}

/** Shows what an app or a contract offers. Throws a CommandError for what is none. */
export async function showInfo(argument: string, { json }: InfoOptions, terminal: Terminal): Promise<void> {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(argument))
    throw wrongUsage(
      `${argument} is a URL, and a server cannot be asked for its description yet; name the app itself, as in src/app.ts:app`,
    )
  const { source, file, isForeign } = await loadApp(argument)
  if (isForeign) terminal.warn(`microapi: ${foreignCopyNote(file)}`)
  const description = describeApp(source)
  const lines = json ? [JSON.stringify(description, null, 2)] : infoLines(argument, description)
  for (const line of lines) terminal.print(line)
}
