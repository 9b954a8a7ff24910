import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import type { App } from '../server/app.ts'
import { failure } from './failure.ts'

/** Loads the exports of this package. */
// oxlint-disable-next-line folders/one-way -- the transports by their schemes stand together there and nowhere else
export const publicApi = () => import('../index.ts')

/** What `microapi-ts` exports. */
export type PublicApi = Awaited<ReturnType<typeof publicApi>>

/**
 * The exports of that copy of this package which made an app: this one, or the one that is installed where the app stands.
 * Throws a CommandError where neither knows it.
 */
export async function publicApiOf(app: App, file: string): Promise<PublicApi> {
  for (const load of [publicApi, () => imported(file), () => required(file)]) {
    const api = await load()
    if (api && knows(api, app)) return api
  }
  throw failure(
    `${file} was made by a copy of microapi-ts that is not found from there; npm install microapi-ts in its folder, and npx microapi there`,
  )
}

function knows(api: PublicApi, app: App): boolean {
  try {
    api.overrideDependencies(app, [])
    return true
  } catch {
    return false
  }
}

async function imported(file: string): Promise<PublicApi | undefined> {
  const found = resolved(file)
  return found === undefined ? undefined : ((await import(pathToFileURL(found).href)) as PublicApi)
}

/** Where package.json does not say "module", TypeScript becomes CommonJS and has required what it imports. */
async function required(file: string): Promise<PublicApi | undefined> {
  return resolved(file) === undefined ? undefined : (requireFrom(file)('microapi-ts') as PublicApi)
}

function resolved(file: string): string | undefined {
  try {
    const found = requireFrom(file).resolve('microapi-ts')
    return existsSync(found) ? found : undefined
  } catch {
    return undefined
  }
}

function requireFrom(file: string): NodeJS.Require {
  return createRequire(path.resolve(file))
}
