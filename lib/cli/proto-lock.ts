import { readFile } from 'node:fs/promises'
import type { LockedNumbers, ProtoLock } from '../wire/protobuf/numbers.ts'
import { failure, oneLine } from './failure.ts'

/** Reads a `proto.lock.json`; nothing where there is none. Throws a CommandError for what is no lock. */
export async function readLock(file: string): Promise<ProtoLock | undefined> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw failure(`${file} cannot be read: ${error.message}`, error)
  })
  if (text === undefined) return undefined
  const lock = parse(text, file)
  const wrong = isObject(lock) ? Object.entries(lock).find(([, entry]) => !isLocked(entry))?.[0] : ''
  if (wrong === undefined) return lock as ProtoLock
  throw failure(`${file}${wrong === '' ? '' : ` at "${wrong}"`} is no lock of field numbers; ${wayOut}`)
}

const wayOut = 'restore it from version control, or delete it to number all fields anew'

function parse(text: string, file: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch (error) {
    throw failure(`${file} is no JSON: ${oneLine(error)}; ${wayOut}`, error)
  }
}

function isLocked(value: unknown): value is LockedNumbers {
  if (!isObject(value)) return false
  const { fields, reserved } = value
  return (
    isObject(fields) &&
    Object.values(fields).every(Number.isSafeInteger) &&
    Array.isArray(reserved) &&
    reserved.every(Number.isSafeInteger)
  )
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
