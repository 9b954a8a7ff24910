import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { onTestFinished } from 'vitest'
import type { Service } from '../../lib/core/service.ts'

/** Imports the text of a module; gives the services that it exports. The file is gone when the test is over. */
export async function servicesOf(text: string): Promise<Readonly<Record<string, Service>>> {
  mkdirSync('.cache', { recursive: true })
  // Inside of the project, so that packages are found.
  const folder = mkdtempSync(path.resolve('.cache', 'from-proto-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  // It says that `microapi-ts` means the sources here too.
  const config = { extends: '../../tsconfig.json', include: ['.'] }
  writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify(config))
  const file = path.join(folder, 'contract.ts')
  writeFileSync(file, text)
  const exported = (await import(/* @vite-ignore */ file)) as Record<string, object>
  return Object.fromEntries(
    Object.entries(exported).filter((entry): entry is [string, Service] => isService(entry[1])),
  )
}

function isService(value: object): value is Service {
  const methods = Object.values(value) as readonly unknown[]
  return (
    methods.length > 0 &&
    methods.every((method) => typeof method === 'object' && method !== null && 'compiled' in method)
  )
}
