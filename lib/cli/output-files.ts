import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { failure } from './failure.ts'

/** A file as it should be. */
export interface OutputFile {
  readonly path: string
  readonly text: string
  /** Whether what is on disk says the same; the same text by default, whatever its line breaks. */
  readonly isSame?: (onDisk: string) => boolean
}

/** What a command makes. */
export interface OutputFiles {
  readonly files: readonly OutputFile[]
  /** Files on disk that it made once, and would not make now. */
  readonly leftOver: readonly string[]
}

/** How a file on disk differs from what it should be. */
export type FileState = 'same' | 'differs' | 'missing'

/** Looks at what is on disk. */
export async function stateOf({ path: file, text, isSame }: OutputFile): Promise<FileState> {
  const onDisk = await read(file)
  if (onDisk === undefined) return 'missing'
  const same = isSame ? isSame(onDisk) : onDisk.replaceAll('\r\n', '\n') === text
  return same ? 'same' : 'differs'
}

/** Writes a file and the folders that it stands in, unless it is there already. Says whether it wrote. */
export async function writeOutput(file: OutputFile): Promise<boolean> {
  if ((await stateOf(file)) === 'same') return false
  try {
    await mkdir(path.dirname(file.path), { recursive: true })
    // Whole or not at all, whatever ends the process meanwhile.
    const part = `${file.path}.${process.pid}.part`
    await writeFile(part, file.text)
    await rename(part, file.path)
  } catch (error) {
    throw failure(
      `${file.path} cannot be written: ${(error as Error).message}; give another folder with -o`,
      error,
    )
  }
  return true
}

/** Files below a folder that were generated once and no longer are: they begin with `mark` and are not among `files`. */
export async function leftOver(
  folder: string,
  { extension, mark, files }: { extension: string; mark: string; files: readonly OutputFile[] },
): Promise<readonly string[]> {
  const names = await readdir(folder, { recursive: true }).catch(() => [])
  const kept = new Set(files.map((file) => path.resolve(file.path)))
  const candidates = names
    .filter((name) => name.endsWith(extension))
    .map((name) => path.join(folder, name))
    .filter((file) => !kept.has(path.resolve(file)))
  const texts = await Promise.all(candidates.map(read))
  return candidates.filter((_, i) => texts[i]?.startsWith(mark))
}

async function read(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw failure(`${file} cannot be read: ${(error as Error).message}`, error)
  }
}
