import path from 'node:path'
import { apiOf } from '../generate/json-schema/source.ts'
import { generateOpenApi } from '../generate/openapi/openapi.ts'
import { packageInfo, readApiInfo } from './api-info.ts'
import { documentFile } from './document-file.ts'
import type { LoadedSource } from './load-source.ts'
import type { OutputFiles } from './output-files.ts'

/** Where a document goes, and the file with what the app cannot know of itself. */
export interface DocumentPlace {
  readonly out: string
  readonly apiInfo?: string | undefined
}

/** Makes the `openapi.json` of an app or what describes one. Throws a CommandError where it cannot be made. */
export async function makeOpenApi(
  load: () => Promise<LoadedSource>,
  { out, apiInfo }: DocumentPlace,
): Promise<OutputFiles> {
  const { info, services, openapi } = await readApiInfo(apiInfo)
  // Last: it runs whatever the file does.
  const { source, file } = await load()
  const { name, version, description, license } = file === undefined ? {} : await packageInfo(file)
  const known = {
    ...(name !== undefined && { title: name }),
    ...(version !== undefined && apiOf(source).version === undefined && { version }),
    // How it is called is told too, where nobody has another description.
    ...(description !== undefined && { summary: description }),
    ...(license !== undefined && license !== 'UNLICENSED' && { license: licenseOf(license) }),
  }
  return documentFile(path.join(out, 'openapi.json'), () =>
    generateOpenApi(source, { ...openapi, info: { ...known, ...info }, ...(services && { services }) }),
  )
}

/** Of npm's licenses those that are no sentence are SPDX expressions. */
function licenseOf(name: string): { readonly name: string; readonly identifier?: string } {
  return name.startsWith('SEE ') ? { name } : { name, identifier: name }
}
