import { isDeepStrictEqual } from 'node:util'
import { failure, oneLine } from './failure.ts'
import type { OutputFiles } from './output-files.ts'

/** A file that holds a document as JSON. Formatters lay JSON out in their own way, which makes no document stale. */
export function documentFile(file: string, make: () => object): OutputFiles {
  const document = made(make)
  const text = `${JSON.stringify(document, null, 2)}\n`
  const isSame = (onDisk: string): boolean => {
    try {
      return isDeepStrictEqual(JSON.parse(onDisk), JSON.parse(text))
    } catch {
      return false
    }
  }
  return { files: [{ path: file, text, isSame }], leftOver: [] }
}

function made(make: () => object): object {
  try {
    return make()
  } catch (error) {
    // It names the place and the way out.
    throw failure(oneLine(error), error)
  }
}
