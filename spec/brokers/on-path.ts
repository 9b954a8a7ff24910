import { existsSync } from 'node:fs'
import path from 'node:path'

/** Whether a command of this name is in a folder of PATH. */
export function isOnPath(command: string): boolean {
  const folders = (process.env['PATH'] ?? '').split(path.delimiter)
  return folders.some((folder) => folder !== '' && existsSync(path.join(folder, command)))
}
