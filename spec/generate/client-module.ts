/** A generated client as a module: imported, and compiled alone. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { onTestFinished } from 'vitest'
import type { Method } from '../../lib/core/method.ts'

/** Services by name. */
export type Contract = Readonly<Record<string, Readonly<Record<string, Method>>>>

/** Files in a folder of the project, where packages are found; it is gone when the test is over. */
export interface ModuleFolder {
  /** Imports one of them. */
  load(file: string): Promise<Readonly<Record<string, unknown>>>
  /** What the compiler says of all of them, with every strictness switched on. */
  compile(): string
}

export function moduleFolder(files: Readonly<Record<string, string>>): ModuleFolder {
  mkdirSync('.cache', { recursive: true })
  const folder = mkdtempSync(path.resolve('.cache', 'client-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  // It says that `microapi-ts` means the sources here too.
  const config = {
    extends: '../../tsconfig.json',
    include: ['.'],
    compilerOptions: {
      noEmit: true,
      noUnusedLocals: true,
      noUnusedParameters: true,
      isolatedModules: true,
      noPropertyAccessFromIndexSignature: true,
    },
  }
  writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify(config))
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text)
  return {
    load: (file) => import(/* @vite-ignore */ path.join(folder, file)) as Promise<Record<string, unknown>>,
    compile() {
      const tsc = path.resolve('node_modules/typescript/bin/tsc')
      const { stdout } = spawnSync(process.execPath, [tsc, '-p', folder, '--pretty', 'false'], {
        encoding: 'utf8',
      })
      // What is wrong in lib/ is told by the type check of the project itself.
      return stdout
        .split('\n')
        .filter((line) => line.startsWith('error') || line.includes(path.basename(folder)))
        .join('\n')
    },
  }
}

/** A contract as JSON: what of it is on the wire, and what its client goes by. */
export function contractJson(contract: Contract): unknown {
  const methods = Object.entries(contract).flatMap(([service, all]) =>
    Object.entries(all).map(([name, { kind, input, output, errors, options }]) => {
      const { idempotent, timeoutMs, deprecated, fanout, proto } = options
      const known = { idempotent, timeoutMs, deprecated, fanout, proto }
      return [`${service}.${name}`, plain({ kind, input, output, errors, ...known })] as const
    }),
  )
  return Object.fromEntries(methods)
}

/** Numbers that TypeBox gives where there is no name are told anew. */
function plain(value: unknown): unknown {
  const numbers = new Map<string, string>()
  return JSON.parse(JSON.stringify(value), (key, one: unknown) => {
    if ((key !== '$id' && key !== '$ref') || typeof one !== 'string' || !/^T\d+$/.test(one)) return one
    if (!numbers.has(one)) numbers.set(one, `numbered ${numbers.size}`)
    return numbers.get(one)
  })
}
