import path from 'node:path'
import type { AsyncApiDocument, OpenApiDocument } from 'microapi-ts/generate'
import { describe, expect, it } from 'vitest'
import { folder, runHere } from './command.ts'

const slow = { timeout: 120_000 }
const ok = { exit: 0, error: '' }

const app = (more = '') => `
import { Type } from '@sinclair/typebox'
import { createApp, defineService, rpc } from 'microapi-ts'

const User = Type.Object({ name: Type.String()${more} }, { $id: 'User' })
const users = defineService({
  get: rpc.unary(Type.Object({ id: Type.Integer() }), User, () => ({ name: 'Ada' }) as never),
  renamed: rpc.event(User, () => {}),
})
export const app = createApp({ services: { users } })
export const versioned = createApp({ services: { users }, version: 7 })
export const contract = { people: users }
let made = 0
export const createUsers = async () => createApp({ services: { users }, version: ++made })
export const odd = { users: defineService({ get: rpc.unary(Type.Object({ a: Type.Ref('Nobody') }), User) }) }
`
const manifest = JSON.stringify({
  name: '@acme/users',
  version: '1.2.3',
  description: 'Knows people.',
  license: 'MIT',
  type: 'module',
})
const files = { 'app.ts': app(), 'package.json': manifest }

describe('microapi generate --openapi --asyncapi', () => {
  it('writes what the package and the app say, and leaves alone what is right', slow, async () => {
    const { shared, read, list } = folder(files)
    const args = ['generate', 'app.ts', '--openapi', '--asyncapi', '-o', 'made/api']
    expect(await shared(...args)).toEqual({
      ...ok,
      out: 'wrote made/api/openapi.json\nwrote made/api/asyncapi.json\n',
    })
    expect(list('made/api')).toEqual(['asyncapi.json', 'openapi.json'])
    const { info, paths } = JSON.parse(read('made/api/openapi.json')) as OpenApiDocument
    expect(info).toMatchObject({
      title: '@acme/users',
      version: '1.2.3',
      summary: 'Knows people.',
      license: { name: 'MIT', identifier: 'MIT' },
    })
    expect(Object.keys(paths)).toContain('/users/get')
    const asyncapi = JSON.parse(read('made/api/asyncapi.json')) as AsyncApiDocument
    expect(asyncapi.info).toMatchObject({
      title: '@acme/users',
      description: 'Knows people.',
      license: { name: 'MIT' },
    })
    expect(Object.keys(asyncapi.operations)).toEqual([
      'amqp.users.get',
      'amqp.users.renamed',
      'kafka.users.get',
      'kafka.users.renamed',
    ])
    expect(await shared(...args)).toEqual({
      ...ok,
      out: 'unchanged made/api/openapi.json\nunchanged made/api/asyncapi.json\n',
    })
  })

  it(
    'takes what it was told in a file, and the version of an app before that of its package',
    slow,
    async () => {
      const told = {
        info: { title: 'Users' },
        services: { users: 'People.' },
        openapi: {
          servers: [{ url: 'https://api.acme.example' }],
          prefix: '/v1',
          securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
          security: [{ bearer: [] }],
        },
        asyncapi: { transports: ['kafka'], kafka: { topic: 'users' } },
      }
      const { shared, read } = folder({ ...files, 'api.json': JSON.stringify(told) })
      const args = ['app.ts:versioned', '--openapi', '--asyncapi', '--api-info', 'api.json', '-o', '.']
      expect(await shared('generate', ...args)).toMatchObject(ok)
      const openapi = JSON.parse(read('openapi.json')) as OpenApiDocument
      expect(openapi).toMatchObject({
        info: { title: 'Users', version: '7', license: { name: 'MIT' } },
        servers: told.openapi.servers,
        security: told.openapi.security,
        tags: [{ name: 'users', description: 'People.' }, { name: 'health' }],
      })
      expect(openapi.paths).toHaveProperty(['/v1/users/get'])
      const asyncapi = JSON.parse(read('asyncapi.json')) as AsyncApiDocument
      expect(Object.keys(asyncapi.servers)).toEqual(['kafka'])
      expect(asyncapi.channels['kafka.requests']).toMatchObject({ address: 'users' })
    },
  )

  it('stands beside --proto, and makes an app of a function once for both documents', slow, async () => {
    const { shared, read, list } = folder(files)
    const args = ['app.ts:createUsers()', '--proto', '--openapi', '--asyncapi', '-o', 'api']
    expect(await shared('generate', ...args)).toMatchObject(ok)
    expect(list('api')).toEqual(['asyncapi.json', 'openapi.json', 'proto.lock.json', 'users.proto'])
    const versionOf = (file: string) => (JSON.parse(read(file)) as OpenApiDocument).info.version
    expect(versionOf('api/openapi.json')).toBe(versionOf('api/asyncapi.json'))
  })

  it('takes a contract', slow, async () => {
    const { shared, read } = folder(files)
    expect(await shared('generate', 'app.ts:contract', '--openapi', '-o', '.')).toMatchObject(ok)
    expect((JSON.parse(read('openapi.json')) as OpenApiDocument).paths).toHaveProperty(['/people/renamed'])
  })
})

describe('microapi generate --check', () => {
  it('fails for a document that is stale, and writes nothing', slow, async () => {
    const { shared, read, write, list } = folder(files)
    const args = ['--openapi', '--asyncapi', '-o', 'api']
    const missing = await shared('generate', 'app.ts', ...args, '--check')
    expect(missing).toEqual({
      exit: 1,
      out: '',
      error:
        'microapi: stale: api/openapi.json (missing), api/asyncapi.json (missing); run the same command without --check, and commit what it writes\n',
    })
    expect(list()).toEqual(['app.ts', 'package.json'])
    await shared('generate', 'app.ts', ...args)
    // A formatter changes nothing of what it says.
    write({ 'api/openapi.json': JSON.stringify(JSON.parse(read('api/openapi.json'))) })
    expect(await shared('generate', 'app.ts', ...args, '--check')).toEqual({ ...ok, out: '' })
    write({ 'later.ts': app(', age: Type.Integer()'), 'api/asyncapi.json': '{' })
    const before = read('api/openapi.json')
    expect(await shared('generate', 'later.ts', ...args, '--check')).toMatchObject({
      exit: 1,
      error: expect.stringContaining('stale: api/openapi.json (differs), api/asyncapi.json (differs);'),
    })
    expect(read('api/openapi.json')).toBe(before)
  })
})

describe('microapi generate, where it cannot', () => {
  it('writes nothing at all when one document cannot be made', slow, async () => {
    const { shared, list } = folder(files)
    const ran = await shared('generate', 'app.ts:odd', '--openapi', '--asyncapi', '-o', 'api')
    expect(ran).toEqual({
      exit: 1,
      out: '',
      error:
        'microapi: users.get input/a: $ref "Nobody" points at no schema; put the one with that $id around it\n',
    })
    expect(list()).toEqual(['app.ts', 'package.json'])
  })

  it.each<[text: string | undefined, exit: number, message: string]>([
    [undefined, 2, 'api.json is not there; --api-info names a file of JSON'],
    ['{ "info": ', 1, 'api.json is no JSON: '],
    ['[]', 1, 'api.json is no object'],
    [
      '{ "opnapi": {} }',
      1,
      'api.json: opnapi is nothing that is known; use info, services, openapi, asyncapi',
    ],
    ['{ "openapi": [] }', 1, 'api.json: openapi is no object'],
    [
      '{ "openapi": { "server": [] } }',
      1,
      'api.json: openapi.server is nothing that is known; use servers, ',
    ],
    ['{ "openapi": { "servers": {} } }', 1, 'api.json: openapi.servers is no list'],
    [
      '{ "asyncapi": { "transports": ["http"] } }',
      1,
      'asyncapi.transports has "http"; use "amqp" and "kafka"',
    ],
  ])('one line says what is wrong with --api-info, before the app runs: %s', async (text, exit, message) => {
    const { home, list } = folder(text === undefined ? {} : { 'api.json': text })
    const args = ['nothing.ts', '--openapi', '--asyncapi', '--api-info', path.join(home, 'api.json')]
    const ran = await runHere(['generate', ...args, '-o', path.join(home, 'made')])
    expect(ran).toMatchObject({ exit, out: '', error: expect.stringContaining(message) })
    expect(ran.error.trimEnd()).not.toContain('\n')
    expect(list()).not.toContain('made')
  })

  it('is either of an app or of a .proto file', async () => {
    expect(await runHere(['generate', 'app.ts', '--openapi', '--contract', '-o', '.'])).toMatchObject({
      exit: 2,
      error: expect.stringContaining('say what to make of app.ts'),
    })
  })
})
