import { randomUUID } from 'node:crypto'
import { mkdir, readdir, rename, rm, rmdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { failure, oneLine, wrongUsage, type CommandError } from '../failure.ts'

/** Texts by their paths in the project. */
export type ProjectFiles = Readonly<Record<string, string>>

/**
 * Writes a project into a folder that is not there yet, or is empty: beside it first, then all at once under its name. Throws a
 * CommandError where that cannot be done; then nothing of it is on disk.
 */
export async function writeProject(folder: string, files: ProjectFiles): Promise<void> {
  const target = path.resolve(folder)
  const isThere = await isEmptyFolder(folder)
  const parent = path.dirname(target)
  const making = path.join(parent, `.${path.basename(target)}-${randomUUID()}`)
  try {
    await mkdir(making, { recursive: true })
    for (const [name, text] of Object.entries(files)) {
      const file = path.join(making, name)
      await mkdir(path.dirname(file), { recursive: true })
      await writeFile(file, text)
    }
    // No folder is renamed onto another everywhere; whoever put something into it since keeps it, since then this fails.
    if (isThere) await rmdir(target)
    await rename(making, target)
  } catch (error) {
    await rm(making, { recursive: true, force: true })
    throw isOccupied(error)
      ? occupied(folder)
      : failure(`${folder} cannot be made: ${oneLine(error)}; name another folder with --out`, error)
  }
}

/** Whether there is such a folder, with nothing in it; throws for anything else that is there. */
async function isEmptyFolder(folder: string): Promise<boolean> {
  try {
    const names = await readdir(path.resolve(folder))
    if (names.length === 0) return true
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return false
    if (code === 'ENOTDIR')
      throw wrongUsage(`${folder} is a file, or stands below one; name a folder with --out`)
    throw failure(`${folder} cannot be read: ${oneLine(error)}; name another folder with --out`, error)
  }
  throw occupied(folder)
}

function isOccupied(error: unknown): boolean {
  return ['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')
}

function occupied(folder: string): CommandError {
  return wrongUsage(
    `${folder} has something in it, and nothing is overwritten; take another name, or name another folder with --out`,
  )
}
