import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fromProto } from 'microapi-ts/generate'
import descriptors from 'protobufjs/ext/descriptor.js'
import { describe, expect, it } from 'vitest'
import { copyPackage, folder } from './command.ts'
import { project } from './installed.ts'

const slow = { timeout: 120_000 }
const ok = { exit: 0, error: '' }
/** Not below this project, whose packages would be found, itself first of all. */
const elsewhere = { root: tmpdir() }

const service = (fields: string) => `
import { Type } from '@sinclair/typebox'
import { createApp, defineService, rpc } from 'microapi-ts'

const User = Type.Object({ ${fields} })
const get = rpc.unary(Type.Object({ id: Type.Integer() }), User, () => ({}) as never)
export const users = defineService({ get })
`
const app = `${service('name: Type.String(), age: Type.Integer()')}
export const app = createApp({ services: { users } })
export const createUsers = async () => createApp({ services: { users, more: users } })
export const contract = { people: users }
export const empty = {}
export const number: number = 1
export const fails = () => { throw new Error('no\\ndatabase') }
`
// What TypeScript would refuse is what makes it JavaScript.
const script = app.replace('() => ({}) as never', '() => ({})').replace(': number', '')

describe('microapi generate --proto', () => {
  it('writes a file for each service and the lock, and leaves alone what is right', slow, async () => {
    const { microapi, shared, read, list } = folder({ 'app.ts': app })
    const first = await microapi('generate', 'app.ts', '--proto', '-o', 'made/proto')
    expect(first).toEqual({ ...ok, out: 'wrote made/proto/users.proto\nwrote made/proto/proto.lock.json\n' })
    expect(list('made/proto')).toEqual(['proto.lock.json', 'users.proto'])
    const proto = read('made/proto/users.proto')
    expect(proto).toContain('rpc get(GetRequest) returns (GetResponse);')
    expect(proto).toContain('message GetResponse {\n  string name = 1;\n  int64 age = 2;\n}')
    expect(JSON.parse(read('made/proto/proto.lock.json'))).toEqual({
      'users.GetRequest': { fields: { id: 1 }, reserved: [] },
      'users.GetResponse': { fields: { name: 1, age: 2 }, reserved: [] },
    })
    const again = await shared('generate', 'app.ts', '--proto', '-o', 'made/proto')
    expect(again).toEqual({
      ...ok,
      out: 'unchanged made/proto/users.proto\nunchanged made/proto/proto.lock.json\n',
    })
  })

  it('takes JavaScript', slow, async () => {
    const { shared, read } = folder({ 'app.mjs': script })
    expect(await shared('generate', 'app.mjs:app', '--proto', '-o', '.')).toMatchObject(ok)
    expect(read('users.proto')).toContain('service UsersService')
  })

  it('takes a function that makes the app', slow, async () => {
    const { shared, list } = folder({ 'app.ts': app })
    expect(await shared('generate', 'app.ts:createUsers()', '--proto', '-o', 'proto')).toMatchObject(ok)
    expect(list('proto')).toEqual(['more.proto', 'proto.lock.json', 'users.proto'])
  })

  it('takes a contract', slow, async () => {
    const { shared, read } = folder({ 'app.ts': app })
    expect(await shared('generate', 'app.ts:contract', '--proto', '-o', 'proto')).toMatchObject(ok)
    expect(read('proto/people.proto')).toContain('package people;')
  })

  it('takes TypeScript in a CommonJS package, and says what that means', slow, async () => {
    const { home, microapi, read } = folder(
      { 'app.ts': app, 'package.json': '{}', 'tsconfig.json': '{}' },
      elsewhere,
    )
    const main = copyPackage(home)
    const { microapi: own } = folder({ 'tsconfig.json': '{}' }, { ...elsewhere, main })
    const { exit, error } = await own('generate', path.join(home, 'app.ts'), '--proto', '-o', home)
    expect(error).toMatch(
      /^microapi: note: \S+app\.ts loads microapi-ts once more, as CommonJS; with "type": "module"/,
    )
    expect(exit).toBe(0)
    expect(read('users.proto')).toContain('service UsersService')
    const missing = await microapi('generate', 'app.ts:nobody', '--proto', '-o', '.')
    expect(missing.error).toMatch(/app\.ts has no export "nobody": it exports [^;]*\bcontract\b/)
  })

  it('ends although the app holds the process open', slow, async () => {
    const { microapi } = folder({ 'app.ts': `${app}\nsetInterval(() => {}, 1_000)` })
    expect(await microapi('generate', 'app.ts', '--proto', '-o', 'proto')).toMatchObject(ok)
  })

  it(
    'keeps every number when properties change their places, and reserves those of the deleted',
    slow,
    async () => {
      const { shared, read, write } = folder({ 'app.ts': app })
      await shared('generate', 'app.ts', '--proto', '-o', '.')
      const reordered = service('age: Type.Integer(), mail: Type.String(), name: Type.String()')
      write({ 'reordered.ts': `${reordered}export const app = createApp({ services: { users } })` })
      expect(await shared('generate', 'reordered.ts', '--proto', '-o', '.')).toMatchObject(ok)
      expect(read('users.proto')).toContain('{\n  int64 age = 2;\n  string mail = 3;\n  string name = 1;\n}')
      write({
        'fewer.ts': `${service('mail: Type.String()')}export const app = createApp({ services: { users } })`,
      })
      expect(await shared('generate', 'fewer.ts', '--proto', '-o', '.')).toMatchObject(ok)
      expect(JSON.parse(read('proto.lock.json'))).toMatchObject({
        'users.GetResponse': { fields: { mail: 3 }, reserved: [1, 2] },
      })
    },
  )

  it('keeps the lock elsewhere when told', slow, async () => {
    const lock = { 'users.GetResponse': { fields: { name: 7 }, reserved: [1] } }
    const { shared, read, list } = folder({ 'app.ts': app, 'locks/users.json': JSON.stringify(lock) })
    const args = ['generate', 'app.ts', '--proto', '-o', 'proto', '--lock', 'locks/users.json']
    const { out } = await shared(...args)
    expect(out).toBe('wrote proto/users.proto\nwrote locks/users.json\n')
    expect(list('proto')).toEqual(['users.proto'])
    expect(read('proto/users.proto')).toContain('reserved 1;\n\n  string name = 7;\n  int64 age = 2;')
    expect(JSON.parse(read('locks/users.json'))).toMatchObject({
      'users.GetResponse': { fields: { name: 7, age: 2 }, reserved: [1] },
    })
    expect(await shared(...args, '--check')).toEqual({ ...ok, out: '' })
  })
})

describe('microapi generate --check', () => {
  it('writes nothing, and names what is missing', slow, async () => {
    const { shared, list } = folder({ 'app.ts': app })
    expect(await shared('generate', 'app.ts', '--proto', '-o', 'proto', '--check')).toEqual({
      exit: 1,
      out: '',
      error:
        'microapi: stale: proto/users.proto (missing), proto/proto.lock.json (missing); run the same command without --check, and commit what it writes\n',
    })
    expect(list()).toEqual(['app.ts'])
  })

  it('names what differs and what is left over, and nothing else', slow, async () => {
    const { shared, read, write } = folder({ 'app.ts': app, 'proto/own.proto': 'syntax = "proto3";\n' })
    const check = () => shared('generate', 'app.ts:createUsers()', '--proto', '-o', 'proto', '--check')
    await shared('generate', 'app.ts:createUsers()', '--proto', '-o', 'proto')
    expect(await check()).toEqual({ ...ok, out: '' })
    // What Git on Windows and a formatter make of them says the same.
    write({
      'proto/users.proto': read('proto/users.proto').replaceAll('\n', '\r\n'),
      'proto/proto.lock.json': JSON.stringify(JSON.parse(read('proto/proto.lock.json'))),
    })
    expect(await check()).toEqual({ ...ok, out: '' })
    write({ 'proto/users.proto': `${read('proto/users.proto')}// more\n` })
    expect(await check()).toMatchObject({
      exit: 1,
      error: expect.stringContaining('stale: proto/users.proto (differs);'),
    })
    const rest = await shared('generate', 'app.ts', '--proto', '-o', 'proto', '--check')
    expect(rest.error).toContain('proto/users.proto (differs), proto/more.proto (left over: delete it);')
    const { out } = await shared('generate', 'app.ts', '--proto', '-o', 'proto')
    expect(out).toContain('left over proto/more.proto: no service is in it any more; delete it\n')
  })

  it('finds a lock that lacks a field', slow, async () => {
    const { shared, read, write } = folder({ 'app.ts': app })
    await shared('generate', 'app.ts', '--proto', '-o', '.')
    write({ 'proto.lock.json': read('proto.lock.json').replace(/,\s*"age": 2/, '') })
    expect(await shared('generate', 'app.ts', '--proto', '-o', '.', '--check')).toMatchObject({
      exit: 1,
      error: expect.stringContaining('stale: proto.lock.json (differs);'),
    })
  })
})

describe('microapi generate --contract', () => {
  const common = 'syntax = "proto3"; package acme; message Id { int64 id = 1; }'
  const users = `syntax = "proto3";
package acme;
// import "nowhere.proto";
import "google/protobuf/empty.proto";
import public "shared/common.proto";
service Users { rpc Drop(Id) returns (google.protobuf.Empty); }`
  const files = { 'protos/acme/users.proto': users, 'protos/shared/common.proto': common }
  const source = 'protos/acme/users.proto'

  it('writes a module, of a file and what it imports', slow, async () => {
    const { shared, read, list } = folder(files)
    const args = ['generate', source, '--contract', '-o', 'src', '-I', 'elsewhere', '-I', 'protos']
    expect(await shared(...args)).toEqual({ ...ok, out: 'wrote src/users.ts\n' })
    expect(list('src')).toEqual(['users.ts'])
    const expected = await fromProto({ 'acme/users.proto': users, 'shared/common.proto': common })
    expect(read('src/users.ts')).toBe(expected)
    expect(expected).toContain('t.BigInt()')
    expect(await shared(...args, '--check')).toEqual({ ...ok, out: '' })
    expect(await shared(...args, '--int64', 'number', '--check')).toMatchObject({
      exit: 1,
      error: expect.stringContaining('stale: src/users.ts (differs);'),
    })
  })

  it('says where to look for what it does not find', slow, async () => {
    const { shared } = folder(files)
    expect(await shared('generate', source, '--contract', '-o', 'src')).toEqual({
      exit: 1,
      out: '',
      error: expect.stringMatching(
        /^microapi: users\.proto: [^\n]+; shared\/common\.proto was not found: -I says where to look\n$/,
      ),
    })
  })

  it('takes a descriptor set, and names what is none', slow, async () => {
    const { FileDescriptorSet } = descriptors
    const set = FileDescriptorSet.encode({
      file: [{ name: 'a.proto', package: 'a', syntax: 'proto3', service: [{ name: 'S' }] }],
    })
    const { home, shared, read } = folder({ 'no.pb': 'no' })
    writeFileSync(path.join(home, 'a.pb'), set.finish())
    expect(await shared('generate', 'a.pb', '--contract', '-o', '.')).toMatchObject(ok)
    expect(read('a.ts')).toContain("package: 'a', service: 'S'")
    const { exit, error } = await shared('generate', 'no.pb', '--contract', '-o', '.')
    expect([exit, error]).toEqual([
      1,
      expect.stringMatching(/^microapi: no\.pb: [^\n]+descriptor_set_out[^\n]+\n$/),
    ])
  })

  it.each([
    [
      ['nowhere.proto', '--contract'],
      2,
      /there is no file nowhere\.proto; give a \.proto file or a descriptor set/,
    ],
    [[source, '--contract', '--proto'], 2, /say what to make of \S+: --contract alone, or any of --proto, /],
    [
      [source, '--contract', '--int64', 'int'],
      2,
      /'--int64 <type>' argument 'int' is invalid\. it is bigint or number/,
    ],
  ])('%j', slow, async (args, exit, message) => {
    const { shared } = folder(files)
    const ran = await shared('generate', ...args, '-o', '.')
    expect(ran).toEqual({ exit, out: '', error: expect.stringMatching(message) })
  })
})

describe('what goes wrong is told in one line, with the way out', () => {
  const files = {
    'app.ts': app,
    'broken.ts': 'export const app = {{',
    'throws.ts': "throw new Error('DATABASE_URL\\nis not set')",
    'imports.ts': "import './nowhere.ts'",
    'nothing.ts': 'export {}',
    'tuple.ts': `${service('name: Type.String({ proto: "int7" })')}export const app = createApp({ services: { users } })`,
    'bad/proto.lock.json': '{ "a": ',
    'wrong/proto.lock.json': '{ "users.GetRequest": { "fields": { "id": "one" }, "reserved": [] } }',
    'clash/proto.lock.json': '{ "users.GetRequest": { "fields": { "old": 3 }, "reserved": [] } }',
  }
  const place = folder(files)
  const to = (out: string, source: string) => ['generate', source, '--proto', '-o', out]

  it.each([
    [
      to('p', 'nowhere.ts'),
      2,
      /there is no file nowhere\.ts in \S+; give the path of the app, as in src\/app\.ts:app/,
    ],
    [
      to('p', 'app.ts:nobody'),
      2,
      /app\.ts has no export "nobody": it exports .*users.*; name one of them, as in app\.ts:/,
    ],
    [to('p', 'nothing.ts'), 2, /nothing\.ts has no export "app": it exports nothing;/],
    [
      to('p', 'app.ts:number'),
      2,
      /app\.ts:number is no app and no contract; export what createApp\(\) returns/,
    ],
    [to('p', 'app.ts:empty'), 2, /app\.ts:empty is no app and no contract;/],
    [
      to('p', 'app.ts:users'),
      2,
      /app\.ts:users is one service, which has no name yet; export \{ name: service \}/,
    ],
    [to('p', 'app.ts:createUsers'), 2, /app\.ts:createUsers is a function; write app\.ts:createUsers\(\)/],
    [to('p', 'app.ts:app()'), 2, /"app" in app\.ts is no function; write app\.ts:app without \(\)/],
    [to('p', 'app.ts:fails()'), 1, /fails\(\) in app\.ts failed: no database; --trace shows where/],
    [
      to('p', 'broken.ts'),
      1,
      /broken\.ts cannot be loaded: TransformError: \S+broken\.ts:1:20: ERROR: Expected identifier/,
    ],
    [
      to('p', 'throws.ts'),
      1,
      /throws\.ts cannot be loaded: Error: DATABASE_URL is not set; --trace shows where/,
    ],
    [to('p', 'imports.ts'), 1, /imports\.ts cannot be loaded: Error: Cannot find module '\S+nowhere\.ts'/],
    [to('p', 'tuple.ts'), 1, /users\.get output\/name.*int7/],
    [
      to('bad', 'app.ts'),
      1,
      /bad\/proto\.lock\.json is no JSON: .*; restore it from version control, or delete it/,
    ],
    [
      to('wrong', 'app.ts'),
      1,
      /wrong\/proto\.lock\.json at "users\.GetRequest" is no lock of field numbers; restore it/,
    ],
    [to('app.ts', 'app.ts'), 1, /app\.ts.*(ENOTDIR|EEXIST)/],
    [
      ['generate', 'app.ts', '-o', 'p'],
      2,
      /say what to make of app\.ts: --contract alone, or any of --proto, /,
    ],
    [
      ['generate', 'app.ts', '--proto'],
      2,
      /required option '-o, --out <dir>' not specified; microapi generate --help/,
    ],
    [
      ['generate', '--proto', '-o', 'p'],
      2,
      /missing required argument 'source'; microapi generate --help says more/,
    ],
    [
      ['generate', 'app.ts', '--prot', '-o', 'p'],
      2,
      /unknown option '--prot' \(Did you mean --proto\?\); microapi gen/,
    ],
    [['generat'], 2, /unknown command 'generat' \(Did you mean generate\?\); microapi --help says more/],
  ])('%j', slow, async (args, exit, message) => {
    const { shared, list } = place
    const before = list()
    const ran = await shared(...args)
    expect(ran).toEqual({ exit, out: '', error: expect.stringMatching(message) })
    expect(ran.error).toMatch(/^microapi: [^\n]+\n$/)
    expect(list()).toEqual(before)
  })

  it('--trace shows where', slow, async () => {
    const { exit, error } = await place.microapi(...to('p', 'throws.ts'), '--trace')
    expect(exit).toBe(1)
    expect(error).toMatch(
      /^microapi: throws\.ts .*\nError: DATABASE_URL\nis not set\n {4}at .*throws\.ts:1:7/,
    )
  })
})

describe('another copy of the package', () => {
  it('is said of an app, which is described all the same', slow, async () => {
    const { home, shared, read } = folder({ 'app.mjs': script, 'tsconfig.json': '{}' }, elsewhere)
    copyPackage(home)
    const { exit, error } = await shared('generate', 'app.mjs', '--proto', '-o', '.')
    const there = path.join(home, 'node_modules/microapi-ts')
    expect(error).toBe(
      `microapi: note: app.mjs uses another copy of microapi-ts, in ${there}; this command is the one in ${project.installed}; should they be of different versions, run that copy's\n`,
    )
    expect(exit).toBe(0)
    expect(read('users.proto')).toContain('string name = 1;')
  })

  it('is none when its own command runs it', slow, async () => {
    const { home } = folder({ 'app.mjs': script, 'tsconfig.json': '{}' }, elsewhere)
    const { microapi } = folder({ 'tsconfig.json': '{}' }, { ...elsewhere, main: copyPackage(home) })
    expect(await microapi('--version')).toEqual({ ...ok, out: '9.9.9\n' })
    const ran = await microapi('generate', path.join(home, 'app.mjs'), '--proto', '-o', '.')
    expect(ran).toEqual({ ...ok, out: 'wrote users.proto\nwrote proto.lock.json\n' })
  })
})

it('says how to get tsx where it is missing', slow, async () => {
  const { home } = folder({ 'app.ts': app }, elsewhere)
  const { microapi } = folder({}, { main: copyPackage(home, ['tsx']) })
  const ran = await microapi('generate', path.join(home, 'app.ts'), '--proto', '-o', '.')
  expect(ran).toEqual({
    exit: 1,
    out: '',
    error: `microapi: ${home}/app.ts is TypeScript, which tsx runs, and that is not installed: npm install -D tsx\n`,
  })
})

it('--help shows the commands, and what they take', slow, async () => {
  const { microapi, shared } = folder({})
  const all = await shared('--help')
  expect(all).toMatchObject(ok)
  expect(all.out).toContain('generate [options] <source>')
  expect(all.out).toContain(
    'Exit codes: 0 all is well, 1 it failed or files are stale, 2 the command line is wrong.',
  )
  const one = await shared('generate', '--help')
  expect(one).toMatchObject(ok)
  expect(one.out).toContain("microapi generate 'src/app.ts:createApp()' --proto -o proto")
  const none = await microapi()
  expect(none).toEqual({ exit: 2, out: '', error: all.out })
})
