import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { Type } from '@sinclair/typebox'
import { createApp, defineService, Empty, rpc, RpcError, serve, t } from 'microapi-ts'
import { generateOpenApi, type OpenApiDocument, type OpenApiOptions } from 'microapi-ts/generate'
import { http } from 'microapi-ts/http'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { app as cities } from '../../examples/cities/app.ts'
import { describeApp } from '../../lib/cli/app-description.ts'
import { isErrorCode, statusOfNumber } from '../../lib/core/status.ts'
import { statusOfDeclared } from '../../lib/generate/openapi/errors.ts'
import { conformanceContract } from '../../lib/testing/contract.ts'
import { statusOfError } from '../../lib/transports/http/status.ts'
import { run } from '../http2/interop/tools.ts'
import { validator } from './openapi-checks.ts'
import { everything, torture } from './openapi-torture.ts'

const info = { license: { name: 'MIT', identifier: 'MIT' } }
const secured: OpenApiOptions = {
  info,
  servers: [{ url: 'https://api.acme.example', description: 'Where customers are.' }],
  prefix: '/api/v1',
  securitySchemes: {
    bearer: { type: 'http', scheme: 'bearer' },
    key: { type: 'apiKey', in: 'header', name: 'X-Key' },
  },
  security: [{ bearer: [] }, { key: [] }],
  securityOf: { health: [], 'shop.buy': [{ bearer: [], key: [] }] },
  metadata: { tenant: 'Whose data it is about.', 'x-request-id': 'Named in logs.' },
  services: { shop: 'Buys and sells.' },
}

const documents = {
  'the cities': generateOpenApi(cities, { info }),
  'the conformance contract': generateOpenApi(conformanceContract, { info }),
  'all that is odd': generateOpenApi(torture, { info }),
  'all that is odd, with options': generateOpenApi(torture, secured),
  'a plugin, without health checks': generateOpenApi(cities, { info, health: false }),
}

describe('an OpenAPI document', () => {
  // Every rule of Redocly's that it recommends, its warnings as errors; none is off.
  it('passes the linter', { timeout: 120_000 }, async () => {
    const home = mkdtempSync(path.resolve('.cache/openapi-'))
    onTestFinished(() => rmSync(home, { recursive: true }))
    const names = Object.entries(documents).map(([name, document]) => {
      writeFileSync(path.join(home, `${name}.json`), JSON.stringify(document))
      return `${name}.json`
    })
    const redocly = path.resolve('node_modules/@redocly/cli/bin/cli.js')
    const args = [redocly, 'lint', ...names, '--extends=recommended-strict', '--format=stylish']
    const env = { REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' }
    const ran = await run(process.execPath, args, { cwd: home, env })
    expect(ran).toMatchObject({ exit: 0 })
    for (const name of names) expect(ran.stderr).toContain(`${name}: validated`)
  })

  it('is JSON, and the same each time', () => {
    for (const document of Object.values(documents))
      expect(JSON.parse(JSON.stringify(document))).toEqual(document)
    expect(generateOpenApi(torture, secured)).toEqual(documents['all that is odd, with options'])
  })

  it('is the same of what describes an app, and of a contract that has a service called services', () => {
    const description: unknown = JSON.parse(JSON.stringify(describeApp(cities)))
    expect(generateOpenApi(description as Parameters<typeof generateOpenApi>[0], { info })).toEqual(
      documents['the cities'],
    )
    const services = defineService({ kind: rpc.unary(Empty, Empty), services: rpc.unary(Empty, Empty) })
    expect(Object.keys(generateOpenApi({ services }, { health: false }).paths)).toEqual([
      '/services/kind',
      '/services/services',
    ])
  })

  it('says of itself what it was told, and the version of the app', () => {
    expect(generateOpenApi(cities).info).toMatchObject({ title: 'API', version: '1' })
    expect(generateOpenApi(conformanceContract).info.version).toBe('0.0.0')
    const { info: told } = generateOpenApi(cities, {
      info: { title: 'Cities', version: '3.1', description: 'x' },
    })
    expect(told).toEqual({ title: 'Cities', version: '3.1', description: 'x' })
  })
})

describe('a method', () => {
  const User = Type.Object({ name: Type.String(), age: t.Default(Type.Integer(), 0) }, { $id: 'User' })
  const { paths, components } = generateOpenApi({
    users: defineService({
      get_user: rpc.unary(Type.Object({ id: Type.Integer() }), User, {
        summary: 'Finds a user',
        description: 'By number.',
        idempotent: true,
        deprecated: true,
        errors: { NO_SUCH_USER: { code: 'NOT_FOUND', details: Type.Object({ id: Type.Integer() }) } },
      }),
      add: rpc.clientStream(User, Empty),
      renamed: rpc.event(User, { description: 'Somebody has another name.' }),
      all: rpc.serverStream(Empty, User),
    }),
  })

  it('is what people read', () => {
    expect(paths['/users/get_user']).toEqual({
      post: {
        operationId: 'users.get_user',
        tags: ['users'],
        summary: 'Finds a user',
        description: 'By number.',
        deprecated: true,
        parameters: [{ $ref: '#/components/parameters/Timeout' }],
        requestBody: {
          required: true,
          content: { 'application/json': { schema: { $ref: '#/components/schemas/UsersGetUserInput' } } },
        },
        responses: {
          200: {
            description: 'The answer.',
            content: { 'application/json': { schema: { $ref: '#/components/schemas/User' } } },
          },
          400: { $ref: '#/components/responses/BadRequest' },
          404: {
            description: 'NO_SUCH_USER.',
            content: {
              'application/json': {
                schema: {
                  anyOf: [
                    { $ref: '#/components/schemas/NoSuchUserError' },
                    { $ref: '#/components/schemas/RpcError' },
                  ],
                },
              },
            },
          },
          default: { $ref: '#/components/responses/Failure' },
        },
        'x-microapi-kind': 'unary',
        'x-microapi-idempotent': true,
      },
    })
    expect(components.schemas['User']).toEqual({
      type: 'object',
      required: ['name'],
      properties: { name: { type: 'string' }, age: { type: 'integer', default: 0 } },
    })
  })

  it('says that an event is answered when it was handled', () => {
    expect(paths['/users/renamed']!.post).toMatchObject({
      description: 'Somebody has another name.\n\nAn event: it is answered when it was handled.',
      responses: { 200: { content: { 'application/json': { schema: { type: 'object' } } } } },
    })
  })

  it('takes and gives streams as HTTP does', () => {
    const user = { $ref: '#/components/schemas/User' }
    expect(paths['/users/add']!.post!.requestBody).toMatchObject({
      required: false,
      content: {
        'application/x-ndjson': { schema: user },
        'application/json': { schema: { type: 'array', items: user } },
      },
    })
    expect(paths['/users/all']!.post).toMatchObject({
      requestBody: { required: false, content: { 'application/json': { schema: { type: 'object' } } } },
      responses: {
        200: {
          content: {
            'application/x-ndjson': { schema: user },
            'application/x-ndjson; envelope=1': {
              schema: { anyOf: [user, { $ref: '#/components/schemas/StreamControl' }] },
            },
          },
        },
      },
    })
  })

  it('needs what options say, and takes the metadata that they name', () => {
    const document = generateOpenApi(torture, secured)
    const { security, paths: all, components: parts, tags } = document
    expect(security).toEqual([{ bearer: [] }, { key: [] }])
    expect(all['/api/v1/health/check']!.post!.security).toEqual([])
    expect(all['/api/v1/health/check']!.post!.responses).not.toHaveProperty('401')
    expect(all['/api/v1/shop/buy']!.post!.security).toEqual([{ bearer: [], key: [] }])
    expect(all['/api/v1/shop/list']!.post).not.toHaveProperty('security')
    expect(all['/api/v1/shop/list']!.post!.responses).toHaveProperty('401')
    expect(all['/ready']!.get!.security).toEqual([])
    expect(Object.values(parts.parameters).map(({ name }) => name)).toEqual([
      'X-MicroAPI-timeout-ms',
      'X-MicroAPI-tenant',
      'x-request-id',
    ])
    expect(tags.map(({ name, description }) => [name, description])).toEqual([
      ['values', 'The service `values`.'],
      ['health', 'The service `health`.'],
      ['shop', 'Buys and sells.'],
      ['health-checks', 'Whether the server lives, and takes calls.'],
    ])
  })

  it.each<[name: string, options: OpenApiOptions, message: string]>([
    ['a scheme', { security: [{ oauth: [] }] }, 'the scheme "oauth", which securitySchemes does not have'],
    ['a method', { securityOf: { 'cities.get': [] } }, 'securityOf names "cities.get", which is no service'],
    ['a prefix', { prefix: 'api/' }, 'prefix "api/": write it as "/api"'],
    ['metadata', { metadata: { Authorization: 'x' } }, 'use the options securitySchemes and security'],
  ])('refuses %s that makes no sense', (_, options, message) => {
    expect(() => generateOpenApi(cities, options)).toThrow(message)
  })

  it('has its declared errors under the statuses that the server gives them', () => {
    const codes = Array.from({ length: 17 }, (_, number) => statusOfNumber(number)).filter(isErrorCode)
    const reasons = [
      'OTHER',
      'UNKNOWN_METHOD',
      'TOO_LARGE',
      'UNSUPPORTED_MEDIA_TYPE',
      'TOO_MANY_HEADERS',
      'METADATA_TOO_LARGE',
    ]
    for (const code of codes)
      for (const reason of reasons)
        expect([code, reason, statusOfDeclared(code, reason)]).toEqual([
          code,
          reason,
          statusOfError(new RpcError(code, '', { reason })),
        ])
  })
})

describe('a schema with a name', () => {
  const Point = Type.Object({ x: Type.Number() }, { $id: 'Point' })
  const schemasOf = (input: object): OpenApiDocument['components']['schemas'] =>
    generateOpenApi({ maps: defineService({ find: rpc.unary(input as typeof Empty, Empty) }) }).components
      .schemas
  const ref = { $ref: '#/components/schemas/Point' }

  it('stands in the document once, whatever is said of its uses', () => {
    const described = Type.Object({ x: Type.Number() }, { $id: 'Point', description: 'Somewhere.' })
    const { MapsFindInput, Point: point } = schemasOf(
      Type.Object({
        one: described,
        list: Type.Array(described),
        from: t.Default(described, { x: 0 }),
        old: { ...described, deprecated: true },
      }),
    )
    expect(point).toEqual({
      description: 'Somewhere.',
      type: 'object',
      required: ['x'],
      properties: { x: { type: 'number' } },
    })
    expect(MapsFindInput!['properties']).toEqual({
      one: ref,
      list: { type: 'array', items: ref },
      from: { ...ref, default: { x: 0 } },
      old: { ...ref, deprecated: true },
    })
  })

  it('is told from another of the same name by its service, and then by a number', () => {
    const other = (key: string) => Type.Object({ [key]: Type.Number() }, { $id: 'Point' })
    const { schemas } = generateOpenApi({
      maps: defineService({ find: rpc.unary(Point, other('y')), back: rpc.unary(other('y'), other('z')) }),
      plans: defineService({ find: rpc.unary(Point, other('w')) }),
    }).components
    expect(
      Object.entries(schemas).flatMap(([name, { required }]) =>
        /Point/.test(name) ? [[name, required]] : [],
      ),
    ).toEqual([
      ['Point', ['x']],
      ['MapsPoint', ['y']],
      ['MapsPoint2', ['z']],
      ['PlansPoint', ['w']],
    ])
  })

  it('may hold itself, or one that holds it, with a name or without', () => {
    const Node = Type.Recursive((Self) => Type.Object({ next: Type.Optional(Self) }), { $id: 'Node' })
    expect(schemasOf(Node)['Node']).toEqual({
      type: 'object',
      properties: { next: { $ref: '#/components/schemas/Node' } },
    })
    const nameless = Type.Recursive((Self) => Type.Object({ next: Type.Optional(Self) }))
    expect(schemasOf(Type.Object({ first: nameless, second: nameless }))).toMatchObject({
      MapsFindInput: {
        properties: {
          first: { $ref: '#/components/schemas/MapsFindInputFirst' },
          second: { $ref: '#/components/schemas/MapsFindInputFirst' },
        },
      },
      MapsFindInputFirst: { properties: { next: { $ref: '#/components/schemas/MapsFindInputFirst' } } },
    })
    const ring = Type.Module({
      A: Type.Object({ b: Type.Optional(Type.Ref('B')) }),
      B: Type.Object({ a: Type.Ref('A') }),
    })
    expect(schemasOf(ring.Import('A'))).toMatchObject({
      A: { properties: { b: { $ref: '#/components/schemas/B' } } },
      B: { properties: { a: { $ref: '#/components/schemas/A' } } },
    })
  })

  it('tells the branches of a union apart', () => {
    const branch = (kind: string) => Type.Object({ kind: Type.Literal(kind) }, { $id: kind })
    expect(schemasOf(Type.Union([branch('Dog'), branch('Cat')]))['MapsFindInput']).toEqual({
      anyOf: [{ $ref: '#/components/schemas/Dog' }, { $ref: '#/components/schemas/Cat' }],
      discriminator: {
        propertyName: 'kind',
        mapping: { Dog: '#/components/schemas/Dog', Cat: '#/components/schemas/Cat' },
      },
    })
  })

  it('must be there where another refers to it', () => {
    expect(() => schemasOf(Type.Object({ a: Type.Array(Type.Ref('Nobody')) }))).toThrow(
      'maps.find input/a/item: $ref "Nobody" points at no schema; put the one with that $id around it',
    )
  })
})

describe('what HTTP serves', () => {
  const document = documents['all that is odd']
  let url: string
  let close: () => Promise<void>
  beforeAll(async () => {
    const server = await serve(torture, http({ port: 0 }))
    url = server.urls[0]!
    close = () => server.close()
  })
  afterAll(() => close())

  /** Calls, and holds the answer to what the document says of it. */
  async function call(
    name: string,
    body: unknown,
    headers: Record<string, string> = {},
  ): Promise<[number, string]> {
    const { responses, requestBody } = document.paths[name]!.post!
    const response = await fetch(url + name, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const answer = await response.text()
    const told = resolved(responses[response.status] ?? responses['default']!)
    const type = response.headers.get('content-type')!
    expect(Object.keys(told.content)).toContain(type)
    const validate = validator(document, told.content[type]!.schema)
    for (const line of type === 'application/json' ? [answer] : answer.trimEnd().split('\n'))
      expect([validate(JSON.parse(line)), validate.errors]).toEqual([true, null])
    if (response.ok) {
      const { content, required } = requestBody as { content: Content; required: boolean }
      if (body === undefined) expect(required).toBe(false)
      else expect(validator(document, content['application/json']!.schema)(body)).toBe(true)
    }
    return [response.status, answer]
  }
  type Content = Record<string, { schema: object }>
  function resolved(response: Readonly<Record<string, unknown>>): { content: Content } {
    const name = (response['$ref'] as string | undefined)?.split('/').at(-1)
    return (name === undefined ? response : document.components.responses[name]) as { content: Content }
  }

  it.each<[name: string, body: unknown]>([
    ['/values/everything', everything],
    ['/values/folder', { name: 'a', files: [{ name: 'b', within: { name: 'c', files: [] } }] }],
    ['/values/tree', { children: [{ children: [] }] }],
    ['/values/shape', { shape: 'circle' }],
    ['/values/both', { street: 'a', zip: '12345', n: 1 }],
    ['/values/strict', {}],
    ['/values/nothing', undefined],
    ['/values/optional', undefined],
    ['/health/fail', {}],
    ['/shop/list', { to: 2 }],
    ['/shop/add', [{ street: 'a', zip: '12345' }]],
    ['/shop/add', undefined],
    ['/shop/talk', [everything, everything]],
    ['/shop/paid', { street: 'a', zip: '12345' }],
    ['/shop/moved', undefined],
  ])('%s answers as it is told', async (name, body) => {
    expect(await call(name, body)).toMatchObject([200, expect.anything()])
  })

  it.each<[status: number, code: string, body: unknown]>([
    [400, 'OUT_OF_STOCK', { how: 'stock' }],
    [404, 'NO_SUCH_ITEM', { how: 'item' }],
    [429, 'BusyError', { how: 'busy' }],
    [413, 'TOO_LARGE', { how: 'large' }],
    [400, 'VALIDATION', { how: 7 }],
    [400, 'INVALID_ARGUMENT', [[[]]]],
  ])('a failure is answered as it is told: %i %s', async (status, code, body) => {
    const [told, answer] = await call('/shop/buy', body)
    expect(told).toBe(status)
    expect(answer).toContain(`"${code}"`)
    expect(document.paths['/shop/buy']!.post!.responses).toHaveProperty(String(status))
  })

  it('a stream that fails says so in a line of its own', async () => {
    const accept = { accept: 'application/x-ndjson; envelope=1' }
    expect(await call('/shop/list', { to: 1 }, accept)).toEqual([
      200,
      expect.stringContaining('"stream_end"'),
    ])
    expect(await call('/shop/list', { to: 3 }, accept)).toEqual([200, expect.stringContaining('"BusyError"')])
    const control = validator(document, { $ref: '#/components/schemas/StreamControl' })
    expect(control([{ type: 'ping' }])).toBe(true)
    expect(control({ type: 'ping' })).toBe(false)
  })

  it.each(['/health', '/live', '/ready'])('%s answers as it is told', async (name) => {
    const { responses } = document.paths[name]!.get!
    const response = await fetch(url + name)
    const { content } = responses[response.status] as { content: Content }
    const type = response.headers.get('content-type')!.split(';')[0]!
    expect(validator(document, content[type]!.schema)(await response.json())).toBe(true)
  })

  it('a method that nobody has told of is none', async () => {
    const response = await fetch(`${url}/values/other`, { method: 'POST' })
    expect(response.status).toBe(404)
    const validate = validator(document, { $ref: '#/components/schemas/RpcError' })
    expect(validate(await response.json())).toBe(true)
  })
})

describe('an app that has been put together', () => {
  it('has the paths that it serves', () => {
    const { paths } = generateOpenApi(createApp({ services: { v2_users: cities.services.cities } }), {
      health: false,
    })
    expect(Object.keys(paths)[0]).toBe('/v2_users/get_city')
  })
})
