import { Type } from '@sinclair/typebox'
import { createApp, createClient, defineService, Empty, field, rpc, RpcError, serve, t } from 'microapi-ts'
import { grpc, type GrpcOptions } from 'microapi-ts/grpc'
import type descriptor from 'protobufjs/ext/descriptor.js'
import { describe, expect, it, onTestFinished } from 'vitest'
import { ownFile } from '../../../lib/transports/grpc/reflection/files.ts'
import { reflectionService } from '../../../lib/transports/grpc/reflection/reflection.ts'
import { healthService } from '../../../lib/transports/grpc/health/health.ts'
import { protoCodecs } from '../../../lib/wire/protobuf/codecs.ts'
import { protocOf } from '../../generate/protoc.ts'
import { describeTool } from '../../http2/interop/tools.ts'
import { sourceOf } from '../../wire/protobuf/codec-of.ts'
import {
  bufCurl,
  protoText,
  readFileDescriptor,
  stockReflection,
  type ReflectionAnswer,
} from './reflection-clients.ts'
import { failureOf } from './support.ts'

const Role = Type.Union([Type.Literal('admin'), Type.Literal('guest')], { $id: 'Role' })
const User = Type.Object(
  { name: Type.String(), since: t.DateTime(), role: Role, home: Type.Object({ city: Type.String() }) },
  { $id: 'User' },
)
const ada = { name: 'Ada', since: new Date(0), role: 'admin' as const, home: { city: 'London' } }
const services = {
  users: defineService(
    {
      get: rpc.unary(Type.Object({ id: Type.Integer() }), User, ({ id }) => {
        if (id === 1) return ada
        throw new RpcError('NOT_FOUND', `there is no user ${id}`)
      }),
    },
    { proto: { package: 'acme.users.v1', service: 'Users' } },
  ),
  numbers: defineService({
    count: rpc.serverStream(
      Type.Object({ to: Type.Integer() }),
      Type.Object({ n: Type.Integer() }),
      function* ({ to }) {
        for (let n = 1; n <= to; n++) yield { n }
      },
    ),
    sum: rpc.clientStream(
      Type.Object({ n: Type.Integer() }),
      Type.Object({ sum: Type.Integer() }),
      async (items) => {
        let sum = 0
        for await (const { n } of items) sum += n
        return { sum }
      },
    ),
  }),
}

/** A server of the services above, until the test has finished; its port. */
async function served(
  options: GrpcOptions = {},
  more: Partial<Parameters<typeof createApp>[0]> = {},
): Promise<number> {
  const app = createApp({ services, ...more })
  const server = await serve(app, grpc({ port: 0, reflection: true, ...options }), { signals: false })
  onTestFinished(() => server.close())
  return Number(new URL(server.urls[0]!).port)
}

const allServices = [
  'acme.users.v1.Users',
  'grpc.health.v1.Health',
  'grpc.reflection.v1.ServerReflection',
  'grpc.reflection.v1alpha.ServerReflection',
  'numbers.NumbersService',
]
const versions = ['v1', 'v1alpha'] as const

/** The names of the files that an answer carries. */
function filesOf(answer: ReflectionAnswer): unknown[] {
  const files = answer['file_descriptor_response'].file_descriptor_proto as Uint8Array[]
  return files.map((bytes) => readFileDescriptor(bytes).name)
}
const usersFiles = ['acme_users_v1.proto', 'google/protobuf/timestamp.proto']

describe.each(versions)("grpc-js's client of reflection %s", (version) => {
  it('is told all services', async () => {
    const [answer] = await stockReflection(await served(), version, [{ host: 'here', list_services: '' }])
    expect(answer).toMatchObject({
      valid_host: 'here',
      original_request: { host: 'here', message_request: 'list_services', list_services: '' },
      message_response: 'list_services_response',
      list_services_response: { service: allServices.map((name) => ({ name })) },
    })
  })

  it('gets files by their names, with what they import', async () => {
    const names = {
      'acme_users_v1.proto': usersFiles,
      'numbers.proto': ['numbers.proto'],
      'google/protobuf/timestamp.proto': ['google/protobuf/timestamp.proto'],
      'grpc/health/v1/health.proto': ['grpc/health/v1/health.proto'],
      'grpc/reflection/v1/reflection.proto': ['grpc/reflection/v1/reflection.proto'],
      'grpc/reflection/v1alpha/reflection.proto': ['grpc/reflection/v1alpha/reflection.proto'],
    }
    const requests = Object.keys(names).map((name) => ({ file_by_filename: name }))
    const answers = await stockReflection(await served(), version, requests)
    expect(answers.map(filesOf)).toEqual(Object.values(names))
    expect(answers.map((answer) => answer['original_request'])).toMatchObject(requests)
  })

  it.each([
    ['a service', 'acme.users.v1.Users', usersFiles],
    ['a method', 'acme.users.v1.Users.get', usersFiles],
    ['a message', 'acme.users.v1.User', usersFiles],
    ['a field', 'acme.users.v1.User.name', usersFiles],
    ['a nested message', 'acme.users.v1.User.Home', usersFiles],
    ['its field', 'acme.users.v1.User.Home.city', usersFiles],
    ['an enum', 'acme.users.v1.Role', usersFiles],
    ["an enum's value", 'acme.users.v1.ROLE_ADMIN', usersFiles],
    ["Google's message", 'google.protobuf.Timestamp', ['google/protobuf/timestamp.proto']],
    ['health', 'grpc.health.v1.Health', ['grpc/health/v1/health.proto']],
    [
      'itself',
      `grpc.reflection.${version}.ServerReflection`,
      [`grpc/reflection/${version}/reflection.proto`],
    ],
  ])('gets the file of %s', async (_, symbol, files) => {
    const [answer] = await stockReflection(await served(), version, [{ file_containing_symbol: symbol }])
    expect(filesOf(answer!)).toEqual(files)
  })

  it.each([
    [{ file_by_filename: 'no.proto' }, 5, 'there is no file "no.proto" here'],
    [{ file_containing_symbol: 'acme.Nothing' }, 5, 'there is no symbol "acme.Nothing" here'],
    [{ file_containing_symbol: '' }, 5, 'there is no symbol "" here'],
    [
      { file_containing_extension: { containing_type: 'acme.users.v1.User', extension_number: 100 } },
      5,
      'there is no extension 100 of "acme.users.v1.User" here',
    ],
    [{ all_extension_numbers_of_type: 'acme.Nothing' }, 5, 'there is no message "acme.Nothing" here'],
    [
      { all_extension_numbers_of_type: 'acme.users.v1.Users' },
      5,
      'there is no message "acme.users.v1.Users" here',
    ],
    [{ host: 'asks nothing' }, 12, 'this server knows no such request'],
  ])('is told that %j leads nowhere, and may ask on', async (request, code, message) => {
    const requests = [request, { all_extension_numbers_of_type: 'acme.users.v1.User' }]
    const [answer, next] = await stockReflection(await served(), version, requests)
    expect(answer).toMatchObject({
      original_request: request,
      message_response: 'error_response',
      error_response: { error_code: code, error_message: message },
    })
    expect(next).toMatchObject({
      message_response: 'all_extension_numbers_response',
      all_extension_numbers_response: { base_type_name: 'acme.users.v1.User', extension_number: [] },
    })
  })

  it('is refused unless reflection was asked for', async () => {
    const asked = stockReflection(await served({ reflection: false }), version, [{ list_services: '' }])
    expect(await failureOf(asked)).toMatchObject({ code: 12 })
  })

  it('over the engine node:http2 and without health is told what is left', async () => {
    const port = await served({ engine: 'node:http2', health: false })
    const [answer] = await stockReflection(port, version, [{ list_services: '' }])
    expect(answer!['list_services_response'].service.map(({ name }: { name: string }) => name)).toEqual(
      allServices.filter((name) => name !== 'grpc.health.v1.Health'),
    )
  })
})

describe('reflection', () => {
  it('answers a client of ours one request after the other', async () => {
    const Question = Type.Object({
      file_containing_symbol: field(4, Type.Optional(Type.String())),
      list_services: field(7, Type.Optional(Type.String())),
    })
    const Answer = Type.Object({
      file_descriptor_response: field(
        4,
        Type.Optional(Type.Object({ file_descriptor_proto: Type.Array(t.Bytes()) })),
      ),
      list_services_response: field(
        6,
        Type.Optional(Type.Object({ service: Type.Array(Type.Object({ name: Type.String() })) })),
      ),
    })
    const proto = { package: 'grpc.reflection.v1', service: 'ServerReflection' }
    const reflection = defineService({ ServerReflectionInfo: rpc.bidiStream(Question, Answer) }, { proto })
    const client = createClient({ reflection }, grpc({ port: await served() }))
    onTestFinished(() => client.close())
    const talk = client.reflection.ServerReflectionInfo()
    await talk.send({ list_services: '' })
    expect((await talk.next()).value).toEqual({
      list_services_response: { service: allServices.map((name) => ({ name })) },
    })
    await talk.send({ file_containing_symbol: 'acme.users.v1.User' })
    const { value } = await talk.next()
    expect(filesOf(value as never)).toEqual(usersFiles)
    await talk.end()
    expect((await talk.next()).done).toBe(true)
  })

  it('is asked without the middleware of the app', async () => {
    const nobody = (): never => {
      throw new RpcError('UNAUTHENTICATED', 'nobody may call')
    }
    const [answer] = await stockReflection(await served({}, { use: [nobody] }), 'v1', [{ list_services: '' }])
    expect(answer).toHaveProperty('list_services_response')
  })

  it('tells the numbers of the lock', async () => {
    const protoLock = { 'acme.users.v1.User': { fields: { name: 7 }, reserved: [] } }
    const [answer] = await stockReflection(await served({ protoLock }), 'v1', [
      { file_containing_symbol: 'acme.users.v1.User' },
    ])
    const [file] = answer!['file_descriptor_response'].file_descriptor_proto as Buffer[]
    const user = readFileDescriptor(file!).messageType!.find(({ name }) => name === 'User')!
    expect(user.field!.map(({ name, number }) => [name, number])).toEqual([
      ['name', 7],
      ['since', 1],
      ['role', 2],
      ['home', 3],
    ])
  })

  it('is refused where messages are JSON, saying why', async () => {
    await expect(served({ codec: 'json' })).rejects.toThrow(
      "grpc: reflection tells the schemas of protobuf, which is off here: leave codec: 'json' out, or set reflection: false",
    )
  })

  it('refuses a service of the app under its name in protobuf', async () => {
    const proto = { package: 'grpc.reflection.v1alpha', service: 'ServerReflection' }
    const mine = defineService({ get: rpc.unary(Empty, Empty, () => ({})) }, { proto })
    await expect(served({}, { services: { mine } })).rejects.toThrow(
      'grpc: service "mine" is grpc.reflection.v1alpha.ServerReflection in protobuf, which this transport brings itself; set reflection: false to serve yours',
    )
  })

  it("tells of an app's own health, where that takes the place of ours", async () => {
    const proto = { package: 'grpc.health.v1', service: 'Health' }
    const mine = defineService({ Check: rpc.unary(Empty, Empty, () => ({})) }, { proto })
    const port = await served({ health: false }, { services: { mine } })
    const [answer] = await stockReflection(port, 'v1', [{ file_containing_symbol: 'grpc.health.v1.Health' }])
    expect(filesOf(answer!)).toEqual(['grpc_health_v1.proto'])
  })
})

describe.each(versions)('buf curl, with reflection %s', { timeout: 30_000 }, (version) => {
  const reflect = ['--reflect', '--reflect-protocol', `grpc-${version}`]

  it('lists services and methods', async () => {
    const port = await served()
    const listed = await bufCurl(port, '', ...reflect, '--list-services')
    expect(listed).toEqual({ exit: 0, stdout: `${allServices.join('\n')}\n`, stderr: '' })
    const { stdout } = await bufCurl(port, '', ...reflect, '--list-methods')
    expect(stdout.trim().split('\n')).toEqual([
      'acme.users.v1.Users/get',
      'grpc.health.v1.Health/Check',
      'grpc.health.v1.Health/Watch',
      'grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
      'grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo',
      'numbers.NumbersService/count',
      'numbers.NumbersService/sum',
    ])
  })

  it('calls a method, with a message that holds messages, an enum and a Timestamp', async () => {
    const { exit, stdout } = await bufCurl(
      await served(),
      '/acme.users.v1.Users/get',
      ...reflect,
      '-d',
      '{"id": 1}',
    )
    expect([exit, JSON.parse(stdout)]).toEqual([
      0,
      { name: 'Ada', since: '1970-01-01T00:00:00Z', role: 'ROLE_ADMIN', home: { city: 'London' } },
    ])
  })

  it('is told of failures', async () => {
    const { exit, stderr } = await bufCurl(
      await served(),
      '/acme.users.v1.Users/get',
      ...reflect,
      '-d',
      '{"id": 2}',
    )
    // The code, three bits to the left.
    expect([exit, JSON.parse(stderr)]).toEqual([5 << 3, { code: 'not_found', message: 'there is no user 2' }])
  })

  it('refuses by the schema what the schema does not know', async () => {
    const { exit, stderr } = await bufCurl(
      await served(),
      '/acme.users.v1.Users/get',
      ...reflect,
      '-d',
      '{"what": 2}',
    )
    expect([exit, stderr]).toEqual([1, expect.stringContaining('what')])
  })

  it('calls methods that stream', async () => {
    const port = await served()
    const count = await bufCurl(port, '/numbers.NumbersService/count', ...reflect, '-d', '{"to": 3}')
    expect([count.exit, count.stdout.replaceAll(/\s+/g, '')]).toEqual([0, '{"n":"1"}{"n":"2"}{"n":"3"}'])
    const sum = await bufCurl(port, '/numbers.NumbersService/sum', ...reflect, '-d', '{"n": 1} {"n": 2}')
    expect([sum.exit, JSON.parse(sum.stdout)]).toEqual([0, { sum: '3' }])
  })

  it('asks for health, by the names that health has everywhere', async () => {
    const { exit, stdout } = await bufCurl(
      await served(),
      '/grpc.health.v1.Health/Check',
      ...reflect,
      '-d',
      '{"service": "acme.users.v1.Users"}',
    )
    expect([exit, JSON.parse(stdout)]).toEqual([0, { status: 'SERVING' }])
  })
})

const ownFiles = [
  ['grpc/health/v1/health.proto', 'health.proto', 'grpc.health.v1'],
  ['grpc/reflection/v1/reflection.proto', 'reflection.proto', 'grpc.reflection.v1'],
  ['grpc/reflection/v1alpha/reflection.proto', 'reflection.proto', 'grpc.reflection.v1alpha'],
] as const

describeTool({ command: 'protoc', debian: 'protobuf-compiler libprotobuf-dev' }, () => {
  it.each(ownFiles)('makes of the text what we tell of %s', (name, text, packageName) => {
    const protoc = protocOf({ [text]: protoText(text, packageName) })
    // It compiles a flat folder; the name is all that differs by that.
    const compiled = protoc.compile().replace(`name: "${text}"`, `name: "${name}"`)
    expect(protoc.describe(ownFile(name).bytes)).toBe(compiled)
  })
})

it.each(ownFiles)('what we tell of %s is what we write and read', async (name, _, packageName) => {
  const told = readFileDescriptor(ownFile(name).bytes)
  const ours = await ownDescriptor(packageName)
  expect(ours.service).toEqual(told.service)
  expect(fieldsOf(ours)).toEqual(fieldsOf(told))
})

/** The file that our codecs of a service make. */
async function ownDescriptor(
  packageName: (typeof ownFiles)[number][2],
): Promise<descriptor.IFileDescriptorProto> {
  const nothing = { methods: [], find: () => undefined, ready: () => true, onReady: () => () => {} }
  const service = {
    'grpc.health.v1': () => healthService(nothing, []),
    'grpc.reflection.v1': () => reflectionService('v1', never),
    'grpc.reflection.v1alpha': () => reflectionService('v1alpha', never),
  }[packageName]()
  const sources = Object.entries(service).map(([name, method]) => sourceOf('own', name, method))
  const { files } = await protoCodecs(sources)
  return readFileDescriptor(files.at(-1)!.bytes)
}

const never = (): Promise<never> => Promise.reject(new Error('nobody calls'))

/** What counts on the wire: messages with their fields' names, numbers, types, and whether there may be several. */
function fieldsOf({ messageType, enumType }: descriptor.IFileDescriptorProto): unknown {
  const enums = [...(enumType ?? []), ...messageType!.flatMap((one) => one.enumType ?? [])]
  return {
    messages: Object.fromEntries(
      messageType!.map(({ name, field: fields }) => [
        name,
        Object.fromEntries(
          fields!.map(({ name: own, number, type, label, typeName }) => [
            own,
            { number, type, label, typeName: type === enumOfTypes ? 'an enum' : typeName },
          ]),
        ),
      ]),
    ),
    // Their names differ, as no name of ours can stand for a number alone.
    enums: enums.map(({ value }) =>
      value!.slice(1).map((one) => [one.name!.replace(/^STATUS_/, ''), one.number]),
    ),
  }
}
const enumOfTypes = 14
