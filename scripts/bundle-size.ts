/**
 * What a browser downloads: bundles the built package as a user's bundler would, weighs it, and refuses what has no
 * business there.
 */
import { relative } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

interface Bundle {
  readonly name: string
  readonly code: string
  /** Gzipped bytes; no limit means that the size is only reported. */
  readonly limit?: number
  /** Whether what `import()` leads to counts as well; it does unless told otherwise. */
  readonly counts?: 'fetched at once'
  /** Modules that may not be in it. */
  readonly never: RegExp
}

const bundles: Bundle[] = [
  {
    // The chunk of WebSocket is there to be fetched for ws:// addresses alone.
    name: 'client made from a type, HTTP',
    code: `import { createClient } from 'microapi-ts/client'
           import { http } from 'microapi-ts/http'
           globalThis.client = createClient(http({ port: 8080 }))`,
    limit: 9_216,
    counts: 'fetched at once',
    never: /^node:|node_modules\/|dist\/(server|wire\/session)\//,
  },
  {
    name: 'client made from a type, HTTP and WebSocket',
    code: `import { createClient } from 'microapi-ts/client'
           import { http } from 'microapi-ts/http'
           import { ws } from 'microapi-ts/ws'
           globalThis.clients = [createClient(http({ port: 8080 })), createClient(ws({ port: 8080 }))]`,
    limit: 13_440,
    never: /^node:|node_modules\/|dist\/server\//,
  },
  {
    name: 'client made from a contract',
    code: `import { defineService, rpc } from 'microapi-ts'
           import { createClient } from 'microapi-ts/client'
           import { http } from 'microapi-ts/http'
           import { Type } from '@sinclair/typebox'
           const User = Type.Object({ id: Type.Integer() })
           const users = defineService({ get: rpc.unary(User, User) })
           globalThis.client = createClient({ users }, http({ port: 8080 }))`,
    never: /^node:|node_modules\/(fastify|fastify-plugin|undici)\/|dist\/server\//,
  },
]

for (const { name, code, limit, counts, never } of bundles) {
  const { outputFiles, metafile } = await build({
    stdin: { contents: code, resolveDir: process.cwd() },
    bundle: true,
    // `import()` becomes a chunk of its own.
    splitting: true,
    outdir: 'bundle',
    format: 'esm',
    platform: 'browser',
    conditions: ['browser'],
    minify: true,
    write: false,
    metafile: true,
    external: ['node:*'],
    // The paths of tsconfig.json would lead to lib/; the package as built is what counts.
    tsconfigRaw: {},
  })
  // esbuild writes a chunk even for an `import()` that it has shaken off: what counts is what the entry leads to.
  const chunks = new Set<string>(
    Object.keys(metafile.outputs).filter((file) => metafile.outputs[file]?.entryPoint === '<stdin>'),
  )
  const modules = new Set<string>()
  for (const chunk of chunks) {
    const { inputs = {}, imports = [] } = metafile.outputs[chunk] ?? {}
    for (const input of Object.keys(inputs)) modules.add(input)
    for (const { path, external, kind } of imports) {
      if (kind !== 'dynamic-import' || counts === undefined) (external ? modules : chunks).add(path)
    }
  }
  const size = outputFiles
    .filter((file) => chunks.has(relative(process.cwd(), file.path)))
    .reduce((sum, file) => sum + gzipSync(file.contents).length, 0)
  const intruders = [...modules].filter((module) => never.test(module))

  console.log(`${name}: ${size} bytes gzip${limit ? ` of ${limit} allowed` : ''}`)
  if (intruders.length > 0) fail(`${name} pulls in ${intruders.slice(0, 10).join(', ')}`)
  if (limit && size > limit) fail(`${name} is ${size - limit} bytes too large`)
}

function fail(message: string): void {
  console.error(message)
  process.exitCode = 1
}
