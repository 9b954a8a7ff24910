import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { fromProto, generateProto } from 'microapi-ts/generate'
import { describe, expect, it } from 'vitest'
import { createProject } from '../docs/project.ts'
import { describeTool } from '../http2/interop/tools.ts'
import { servicesOf } from './contract-module.ts'
import { comparable } from './descriptors.ts'
import { protocOf } from './protoc.ts'
import { samples } from './samples.ts'

const all = Object.entries(samples)

describeTool({ command: 'protoc', debian: 'protobuf-compiler libprotobuf-dev' }, () => {
  it.each(all)('%s: what is made of them is described as they are', async (_, files) => {
    const { files: made } = generateProto(await servicesOf(await fromProto(files)))
    expect(Object.keys(made).toSorted()).toEqual(Object.keys(files).toSorted())
    expect(comparable(protocOf(made).set())).toEqual(comparable(protocOf(files).set()))
  })

  it.each(all)('%s: a descriptor set tells the same', async (_, files) => {
    const set = protocOf(files).set('--include_imports', '--include_source_info')
    const text = await fromProto(new Uint8Array(set))
    const own = Object.keys(files)
    const { files: made } = generateProto(await servicesOf(text))
    expect(Object.keys(made).toSorted()).toEqual(own.toSorted())
    expect(comparable(protocOf(made).set())).toEqual(comparable(protocOf(files).set()))
    // Descriptors know no options of other people's.
    const bodyOf = (code: string): string => code.slice(code.indexOf('\nimport'))
    expect(bodyOf(text)).toBe(bodyOf(await fromProto(inOrder(files, set))))
  })
})

/** protoc gives files in the order in which they import each other. */
function inOrder(files: Readonly<Record<string, string>>, set: Uint8Array): Readonly<Record<string, string>> {
  const names = Object.keys(comparable(set)).filter((name) => name in files)
  return Object.fromEntries(names.map((name) => [name, files[name]!]))
}

it('what is made type-checks, and stands as a formatter would have it', { timeout: 60_000 }, async () => {
  const modules = await Promise.all(all.map(([, files]) => fromProto(files)))
  const page = (code: string, i: number) => ({
    name: `sample-${i}`,
    file: `sample-${i}.md`,
    blocks: [
      { language: 'ts', mark: '', line: 1, code: `// contract.ts\n${code}` },
      { language: 'ts', mark: '', line: 1_000, code: uses[i] ?? '' },
    ],
  })
  const project = await createProject('from-proto-types', modules.map(page))
  expect(project.check()).toEqual([])
  const oxfmt = path.resolve('node_modules/oxfmt/bin/oxfmt')
  for (const [i, code] of modules.entries()) {
    const { stdout, stderr } = spawnSync(process.execPath, [oxfmt, '--stdin-filepath', `sample-${i}.ts`], {
      input: code,
      encoding: 'utf8',
    })
    expect(stderr).toBe('')
    expect(code).toBe(stdout)
  }
})

/** What the types of some samples have to be. */
const uses: Readonly<Record<number, string>> = {
  0: `import { createClient, rpc, serve } from 'microapi-ts'
import { grpc } from 'microapi-ts/grpc'
import { orderService, type Order } from './contract.js'

const client = createClient({ orders: orderService }, grpc({ port: 1 }))
export const total: Promise<bigint> = client.orders.GetOrder({ order_id: 'a' }).then((order) => order.total)
export const status = (): Promise<'STATUS_UNKNOWN' | 'PAID' | 'SHIPPED' | 'CANCELLED'> =>
  client.orders.GetOrder({ order_id: 'a' }).then((order) => order.status)
// @ts-expect-error -- a count is no text
export const wrong = (): unknown => client.orders.GetOrder({ order_id: 1 })
export const at = (): Promise<Date | undefined> =>
  client.orders.GetOrder({ order_id: 'a' }).then((order) => order.placed_at)
export type { Order }
export { rpc, serve }
`,
  2: `import { createClient } from 'microapi-ts'
import { grpc } from 'microapi-ts/grpc'
import { trees } from './contract.js'

const client = createClient({ trees }, grpc({ port: 1 }))
type Sent = Parameters<typeof client.trees.Walk>[0]
export const deep: Sent = { entry: [{ name: '', folder: { entry: [] }, meta: { inode: 1n, link: { name: '' } } }] }
// @ts-expect-error -- three levels down an inode is no text
export const wrong: Sent = { entry: [{ name: '', meta: { inode: 1n, link: { name: '', meta: { inode: '1' } } } }] }
`,
}

const old = 'syntax = "proto2";\n'
const head = 'syntax = "proto3";\n'

describe('what a contract cannot say is an error with its file and place', () => {
  it.each<[string, string, RegExp]>([
    [
      'required fields',
      `${old}message A {\n  optional string b = 1;\n  required string a = 2;\n}`,
      /^a\.proto:4: A\.a is required, which proto3 does not have/,
    ],
    [
      'groups',
      `${old}package p;\nmessage A {\n  optional group B = 1 {\n    optional int32 c = 1;\n  }\n}`,
      /^a\.proto:4: p\.A\.B is a group/,
    ],
    [
      'numbers for extensions',
      `${old}message A {\n  extensions 100 to 200;\n}`,
      /^a\.proto:3: A keeps numbers for extensions/,
    ],
    [
      'extensions',
      `${old}message A {\n  extensions 100 to 200;\n}\nextend A {\n  optional int32 b = 100;\n}`,
      /^a\.proto: b extends A, and a contract has no extensions/,
    ],
    [
      'defaults',
      `${old}message A {\n  optional int32 b = 1 [default = 5];\n}`,
      /^a\.proto:3: A\.b has a default of its own/,
    ],
    ['enums without zero', `${old}enum A {\n  B = 1;\n}`, /^a\.proto: A has no value 0/],
    ['editions', 'edition = "2023";\nmessage A {}', /^a\.proto:1: edition is written in edition 2023/],
    [
      'aliases',
      `${head}enum A {\n  option allow_alias = true;\n  B = 0;\n  C = 0;\n}`,
      /^a\.proto: A has two names for 0, B and C \(allow_alias\)/,
    ],
    [
      'types of nowhere',
      `${head}message A {\n  B b = 1;\n}`,
      /^a\.proto: A\.b has the type B, which is in none of the files; import its file/,
    ],
    [
      'files that are not given',
      `${head}import "b/c.proto";\nmessage A {\n  b.C c = 1;\n}`,
      /^a\.proto: A\.c has the type b\.C, .*; give b\/c\.proto too, which it imports/,
    ],
    [
      'methods of what is no object',
      `${head}import "google/protobuf/timestamp.proto";\nservice S {\n  rpc A(google.protobuf.Timestamp) returns (google.protobuf.Timestamp);\n}`,
      /^a\.proto: S\.A takes or gives a google\.protobuf\.Timestamp, .*; put a message around it/,
    ],
    ['what is no .proto', `${head}message A {\n  string = 1;\n}`, /a\.proto.*line 3/],
  ])('%s', async (_, text, message) => {
    await expect(fromProto({ 'a.proto': text })).rejects.toThrow(message)
  })

  it('bytes that are no descriptor set', async () => {
    await expect(fromProto(new Uint8Array([1, 2, 3]))).rejects.toThrow(
      /^these bytes are no FileDescriptorSet; make one with protoc/,
    )
  })
})

describeTool({ command: 'protoc', debian: 'protobuf-compiler libprotobuf-dev' }, () => {
  it.each<[string, string, RegExp]>([
    ['required fields', `${old}message A { required string a = 2; }`, /^a\.proto: A\.a is required/],
    ['groups', `${old}message A { optional group B = 1 {} }`, /^a\.proto: A\.b is a group/],
    [
      'numbers for extensions',
      `${old}message A { extensions 100; }`,
      /^a\.proto: A keeps numbers for extensions/,
    ],
    ['defaults', `${old}message A { optional int32 b = 1 [default = 5]; }`, /^a\.proto: A\.b has a default/],
    [
      'aliases',
      `${head}enum A { option allow_alias = true; B = 0; C = 0; }`,
      /^a\.proto: A has two names for 0/,
    ],
  ])('a descriptor set with %s is refused too', async (_, text, message) => {
    await expect(fromProto(protocOf({ 'a.proto': text }).set())).rejects.toThrow(message)
  })
})

describe('what changes nothing on the wire is told', () => {
  it('in a comment', async () => {
    const text = await fromProto({
      'a.proto': `${old}
option java_package = "a";
message A {
  repeated int32 b = 1 [packed = false];
  optional A c = 2 [(acme.secret) = true];
  optional int32 d = 3;
}
extend google.protobuf.FieldOptions {
  optional bool secret = 50000;
}
service S {
  rpc Get(A) returns (A) {
    option idempotency_level = NO_SIDE_EFFECTS;
    option (google.api.http) = { get: "/v1" };
  }
}`,
    })
    expect(text.slice(0, text.indexOf('\n\n'))).toBe(`// Made by microapi-ts of a.proto.
// Not taken over from a.proto:
// - syntax = "proto2": its messages are the same on the wire, in a proto3 file
// - option java_package
// - the option secret
// - packed = false of A.b: both ways are read
// - option (acme.secret) of A.c
// - option (google.api.http) of S.Get
// - NO_SIDE_EFFECTS of S.Get: it is idempotent`)
    expect(text).toContain("d: field(3, Type.Optional(Type.Integer({ proto: 'int32' })))")
  })
})

describe('the contract', () => {
  it('has what people said, names that TypeScript allows, and whole numbers if wanted', async () => {
    const file = `syntax = "proto3";
package acme.v1;

// What is held.
//  Quoted: 'it' */
message constructor {
  // How many.
  int64 count = 1;
  uint64 toString = 2;
  string user_name = 3 [json_name = "userName"];
  string odd = 4 [json_name = "o-d-d"];
}

// Serves.
service default {
  // Finds one.
  // It takes time.
  rpc toString(constructor) returns (constructor);
}
`
    expect(await fromProto({ 'acme_v1.proto': file }, { int64: 'number' }))
      .toBe(`// Made by microapi-ts of acme_v1.proto.

import { Type } from '@sinclair/typebox'
import { defineService, field, rpc } from 'microapi-ts'

export const constructor = Type.Object(
  {
    count: field(1, Type.Integer(), { description: 'How many.' }),
    toString_: field(2, Type.Integer({ proto: 'uint64' }), { name: 'toString' }),
    user_name: field(3, Type.String()),
    'o-d-d': field(4, Type.String(), { name: 'odd' }),
  },
  { $id: 'constructor', description: "What is held.\\nQuoted: 'it' */", proto: 'constructor' },
)

/** Serves. */
export const v1Default = defineService(
  {
    toString_: rpc.unary(constructor, constructor, {
      summary: 'Finds one.',
      description: 'It takes time.',
      proto: { name: 'toString' },
    }),
  },
  { proto: { package: 'acme.v1', service: 'default' } },
)
`)
  })

  it('keeps what its own words say in the .proto that is made of it', async () => {
    const files = samples['an orders service']!
    const { files: made } = generateProto(await servicesOf(await fromProto(files)))
    const text = made['acme/orders/v1/orders.proto']!
    for (const line of [
      '// Finds an order.',
      '// Only what the mask names.',
      '// An order.',
      '// Given once.',
      '// It was paid.',
    ])
      expect(text).toContain(`${line}\n`)
    expect(text).toContain('  oneof payment {\n    Card card = 8;')
    expect(text).toContain('  reserved 4, 10 to 12, 1000 to max;\n  reserved "discount", "coupon";')
  })
})
