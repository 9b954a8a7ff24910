import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** A folder for this test, with these files; returns how a name in it is called. */
export function folder(files: Readonly<Record<string, string | Uint8Array>> = {}): (name: string) => string {
  const home = mkdtempSync(join(tmpdir(), 'microapi-http2-'))
  onTestFinished(() => rmSync(home, { recursive: true, force: true }))
  for (const [name, content] of Object.entries(files)) writeFileSync(join(home, name), content)
  return (name) => join(home, name)
}
