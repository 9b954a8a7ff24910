import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { complaint } from '../../scripts/folders.js'

describe('imports point one way', () => {
  it.each([
    ['lib/core/service.ts', './call.ts'],
    ['lib/core/schema/compile.ts', '../errors.ts'],
    ['lib/core/schema/compile.ts', 'ajv/dist/2020.js'],
    ['lib/core/schema/types.ts', '@sinclair/typebox'],
    ['lib/wire/session.ts', '../core/stream.ts'],
    ['lib/server/serve.ts', 'node:process'],
    ['lib/transports/memory.ts', '../core/transport.ts'],
    ['lib/transports/http/server/body.ts', '../line.ts'],
    ['lib/transports/http/client.ts', '../../wire/codec.ts'],
    ['lib/transports/http/client.ts', 'undici'],
    ['lib/transports/http/client.ts', 'node:stream'],
    ['lib/transports/http/docs/document.ts', '../../../generate/openapi/openapi.ts'],
    ['lib/transports/grpc/node/client.ts', 'node:http2'],
    ['lib/testing/cases.ts', '../transports/memory.ts'],
    ['lib/index.ts', './transports/http/index.ts'],
    ['lib/browser.ts', './client/client.ts'],
    ['spec/core/service.spec.ts', '../../lib/core/service.ts'],
    ['examples/cities/serve.ts', 'microapi-ts/http'],
  ])('%s may import %s', (file, specifier) => {
    expect(complaint(file, specifier)).toBeUndefined()
  })

  it.each([
    ['lib/core/service.ts', '../wire/codec.ts', 'core may not import wire'],
    ['lib/core/service.ts', '../server/app.ts', 'core may not import server'],
    ['lib/core/schema/compile.ts', '../../server/app.ts', 'core may not import server'],
    ['lib/core/service.ts', 'fastify', 'core may not import the package fastify'],
    ['lib/core/service.ts', 'node:events', 'must run outside Node'],
    ['lib/core/service.ts', 'events', 'core may not import the package events'],
    ['lib/server/app.ts', '../client/client.ts', 'server may not import client'],
    ['lib/server/app.ts', 'node:http', 'must run outside Node'],
    ['lib/client/client.ts', '../server/app.ts', 'client may not import server'],
    ['lib/middleware/logger.ts', '../server/app.ts', 'middleware may not import server'],
    ['lib/transports/http/server.ts', '../../server/app.ts', 'transports/http may not import server'],
    ['lib/transports/http/server.ts', '../memory.ts', 'transports/http may not import transports/memory'],
    ['lib/transports/http/server.ts', '../../generate/openapi/openapi.ts', 'may not import generate'],
    ['lib/transports/http/docs/docs.ts', '../../../server/app.ts', 'transports/http may not import server'],
    ['lib/transports/http/server.ts', 'ws', 'transports/http may not import the package ws'],
    ['lib/transports/memory.ts', './http/client.ts', 'transports/memory may not import transports/http'],
    ['lib/generate/proto/proto.ts', '../../server/app.ts', 'generate may not import server'],
    ['lib/testing/cases.ts', '../transports/http/server.ts', 'testing may not import transports/http'],
    ['lib/testing/cases.ts', '../middleware/index.ts', 'an index.ts is an entry'],
    ['lib/core/service.ts', './index.ts', 'an index.ts is an entry'],
    ['lib/core/service.ts', 'microapi-ts', 'core may not import the package microapi-ts'],
    ['lib/core/service.ts', '../../spec/help.ts', 'leads out of lib/'],
    ['lib/shiny/new.ts', '../core/call.ts', 'shiny has no row'],
    ['lib/transports/grpc/server.ts', 'node:http2', 'node:http2 is an engine'],
    ['lib/http2/driver/client.ts', 'node:http2', 'node:http2 is an engine'],
    ['examples/cities/serve.ts', '../../lib/index.ts', 'by name'],
  ])('%s may not import %s', (file, specifier, message) => {
    expect(complaint(file, specifier)).toContain(message)
  })
})

it('the linter finds every kind of forbidden import, and cycles through types', { timeout: 60_000 }, () => {
  const messages = lint({
    'lib/core/a.ts': `
      import { b } from '../server/b.ts'
      import type { B } from '../server/b.ts'
      export * from '../server/b.ts'
      export { b as c } from '../server/b.ts'
      export type A = import('../server/b.ts').B | B
      export const later = () => [b, import('../server/b.ts')]`,
    'lib/server/b.ts': `export interface B { b: 1 }\nexport const b = 1`,
    'lib/wire/one.ts': `import type { Two } from './two.ts'\nexport interface One { two: Two }`,
    'lib/wire/two.ts': `import type { One } from './one.ts'\nexport interface Two { one: One }`,
  })
  expect(messages.filter((m) => m.includes('core may not import server'))).toHaveLength(6)
  expect(messages.filter((m) => m.includes('import(no-cycle)'))).toHaveLength(2)
})

/** Lints files in a project of their own, under the rules of this one. */
function lint(files: Record<string, string>): string[] {
  const project = mkdtempSync(path.join(tmpdir(), 'microapi-lint-'))
  onTestFinished(() => rmSync(project, { recursive: true }))
  for (const name of ['.oxlintrc.json', 'tsconfig.json', 'scripts/folders.js', 'package.json']) {
    cpSync(name, path.join(project, name))
  }
  symlinkSync(path.resolve('node_modules'), path.join(project, 'node_modules'))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(project, name)), { recursive: true })
    writeFileSync(path.join(project, name), text)
  }
  const oxlint = path.resolve('node_modules/oxlint/bin/oxlint')
  const { stdout } = spawnSync(process.execPath, [oxlint, '-f', 'unix', 'lib'], {
    cwd: project,
    encoding: 'utf8',
  })
  return stdout.split('\n')
}
