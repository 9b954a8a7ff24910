import path from 'node:path'
import { generateAsyncApi } from '../generate/asyncapi/asyncapi.ts'
import { apiOf } from '../generate/json-schema/source.ts'
import { packageInfo, readApiInfo } from './api-info.ts'
import { documentFile } from './document-file.ts'
import type { LoadedSource } from './load-source.ts'
import type { DocumentPlace } from './make-openapi.ts'
import type { OutputFiles } from './output-files.ts'

/** Makes the `asyncapi.json` of an app or what describes one. Throws a CommandError where it cannot be made. */
export async function makeAsyncApi(
  load: () => Promise<LoadedSource>,
  { out, apiInfo }: DocumentPlace,
): Promise<OutputFiles> {
  const { info, services, asyncapi } = await readApiInfo(apiInfo)
  // Last: it runs whatever the file does.
  const { source, file } = await load()
  const { name, version, description, license } = file === undefined ? {} : await packageInfo(file)
  const known = {
    ...(name !== undefined && { title: name }),
    ...(version !== undefined && apiOf(source).version === undefined && { version }),
    ...(description !== undefined && { description }),
    ...(license !== undefined && license !== 'UNLICENSED' && { license: { name: license } }),
  }
  return documentFile(path.join(out, 'asyncapi.json'), () =>
    generateAsyncApi(source, { ...asyncapi, info: { ...known, ...info }, ...(services && { services }) }),
  )
}
