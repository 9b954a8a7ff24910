import { existsSync, statSync, watch, type FSWatcher } from 'node:fs'
import path from 'node:path'

/** How long files must be left alone before a change is told, in ms: an editor writes in several steps. */
const quietMs = 30

/** Looks at files, and tells when one is no longer what it was. */
export interface FileWatch {
  add(file: string): void
  /** Takes the files as they are now. From now on any other source file in their folders counts too, if `isBroken`. */
  renew(): void
  /** Whether any other source file in the folders of these counts too: what is missing may come. */
  isBroken: boolean
  close(): void
}

/**
 * Watches files by way of their folders: an editor that writes beside a file and renames would be lost sight of otherwise, and
 * so would a file that is missing. What the system tells is only a reason to look.
 */
export function watchFiles(hear: (file: string) => void, warn: (line: string) => void): FileWatch {
  const stamps = new Map<string, string>()
  const folders = new Map<string, Watched>()
  const touched = new Set<string>()
  let timer: ReturnType<typeof setTimeout> | undefined

  const look = (): void => {
    for (const folder of new Set([...touched].map((file) => path.dirname(file)))) {
      if (folders.get(folder)?.at !== folder && existsSync(folder)) open(folder)
    }
    const changed =
      [...stamps].find(([file, stamp]) => stampOf(file) !== stamp)?.[0] ??
      (self.isBroken ? [...touched].find((file) => isSource(file)) : undefined)
    touched.clear()
    if (changed !== undefined) hear(changed)
  }
  const open = (folder: string): void => {
    folders.get(folder)?.watcher?.close()
    const at = nearest(folder)
    folders.set(folder, {
      at,
      watcher: watchFolder(at, {
        hear(name) {
          touched.add(path.join(folder, name))
          clearTimeout(timer)
          timer = setTimeout(look, quietMs)
        },
        warn,
      }),
    })
  }
  const self: FileWatch = {
    isBroken: false,
    add(file) {
      if (stamps.has(file)) return
      stamps.set(file, stampOf(file))
      const folder = path.dirname(file)
      if (!folders.has(folder)) open(folder)
    },
    renew() {
      self.isBroken = false
      touched.clear()
      // A folder that was deleted and made again is another one.
      for (const folder of folders.keys()) open(folder)
      for (const file of stamps.keys()) stamps.set(file, stampOf(file))
    },
    close() {
      clearTimeout(timer)
      for (const { watcher } of folders.values()) watcher?.close()
      folders.clear()
    },
  }
  return self
}

interface Watched {
  /** The folder, or the nearest one above it that is there. */
  readonly at: string
  readonly watcher: FSWatcher | undefined
}

function nearest(folder: string): string {
  return existsSync(folder) || folder === path.dirname(folder) ? folder : nearest(path.dirname(folder))
}

function watchFolder(
  folder: string,
  { hear, warn }: { readonly hear: (name: string) => void; readonly warn: (line: string) => void },
): FSWatcher | undefined {
  try {
    const watcher = watch(folder, (_event, name) => hear(name ?? ''))
    // Windows says so of a folder that is deleted; it is opened again when files are taken anew.
    watcher.on('error', () => watcher.close())
    return watcher
  } catch (error) {
    warn(`microapi: changes in ${folder} go unnoticed: ${(error as Error).message}`)
    return undefined
  }
}

function stampOf(file: string): string {
  const stat = statSync(file, { throwIfNoEntry: false })
  return stat ? `${stat.ino} ${stat.size} ${stat.mtimeMs}` : 'missing'
}

function isSource(file: string): boolean {
  return /\.([cm]?[jt]sx?|json)$/.test(file)
}
