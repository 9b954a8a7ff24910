import path from 'node:path'
import type { Terminal } from '../terminal.ts'
import { checkName } from './package-name.ts'
import { projectFiles } from './project-files.ts'
import type { TransportName } from './transports.ts'
import { packageSpec } from './versions.ts'
import { writeProject } from './write-project.ts'

/** What a project is to be like. */
export interface InitOptions {
  readonly transport: TransportName
  /** The folder, when it is not called as the package is. */
  readonly out?: string
  /** What npm is to install as `microapi-ts`. */
  readonly package?: string
}

/** Makes a project, whole or not at all. Throws a CommandError for a name that npm refuses, and for a folder that has something in it. */
export async function initProject(name: string, options: InitOptions, terminal: Terminal): Promise<void> {
  checkName(name)
  const folder = options.out ?? name.replace(/^@[^/]*\//, '')
  const files = projectFiles({
    name,
    transport: options.transport,
    spec: packageSpec(options.package, folder),
  })
  await writeProject(folder, files)
  terminal.print(`made ${name} in ${folder}${path.sep}`)
  for (const file of Object.keys(files)) terminal.print(`  ${file}`)
  for (const line of ['', 'next:', `  cd ${folder}`, '  npm install', '  npm test', '  npm run dev'])
    terminal.print(line)
}
