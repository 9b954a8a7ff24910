import path from 'node:path'
import { Type } from '@sinclair/typebox'
import { defineService, Empty, rpc, serve, createApp } from 'microapi-ts'
import { http } from 'microapi-ts/http'
import { generateProto } from 'microapi-ts/generate'
import { describe, expect, it } from 'vitest'
import { describeApp } from '../../lib/cli/app-description.ts'
import { folder, runHere } from './command.ts'

const Id = Type.Object({ id: Type.Integer() })
const Name = Type.Object({ name: Type.String() })
const before = { users: defineService({ get_user: rpc.unary(Id, Name), drop_user: rpc.unary(Id, Empty) }) }
const breaking = {
  users: defineService({
    get_user: rpc.unary(Type.Object({ id: Type.String() }), Name),
    watch: rpc.serverStream(Empty, Name),
    drop_user: rpc.unary(Id, Empty, { errors: { BUSY: { code: 'UNAVAILABLE' } } }),
  }),
}
const risky = {
  users: defineService({
    get_user: rpc.unary(Id, Name, { errors: { GONE: { code: 'NOT_FOUND' } } }),
    drop_user: rpc.unary(Id, Empty),
  }),
}

/** Saved descriptions, and other files, in a folder. Gives a path. */
function saved(files: Readonly<Record<string, object | string>>): (name: string) => string {
  const texts = Object.entries(files).map(([name, one]) => [
    name,
    typeof one === 'string' ? one : JSON.stringify(one),
  ])
  const { home } = folder(Object.fromEntries(texts) as Record<string, string>)
  return (name) => path.join(home, name)
}

describe('microapi diff', { timeout: 60_000 }, () => {
  const versions = (): ((name: string) => string) =>
    saved({
      'v1.json': describeApp(before),
      'v2.json': describeApp(breaking),
      'risky.json': describeApp(risky),
    })

  it('says what breaks whom, and fails', async () => {
    const at = versions()
    expect(await runHere(['diff', at('v1.json'), at('v2.json')])).toEqual({
      exit: 1,
      out: `breaks (2)
  users.get_user
    input/id  old clients: json      the type changed from integer to string
              new clients: json
    input/id  old clients: protobuf  in protobuf it is string, and was int64
              new clients: protobuf

may break (1)
  users.drop_user
    errors.BUSY  perhaps old clients: json, protobuf  it may fail with BUSY now

breaks nobody who counts (1)
  users.watch
    -  new clients: json, protobuf  the method is new
`,
      error: `microapi: 2 changes from ${at('v1.json')} to ${at('v2.json')} break somebody\n`,
    })
  })

  it('what may break fails only where that is asked for, and what is the same never', async () => {
    const at = versions()
    expect(await runHere(['diff', at('v1.json'), at('risky.json')])).toMatchObject({ exit: 0, error: '' })
    expect(await runHere(['diff', at('v1.json'), at('risky.json'), '--fail-on', 'risky'])).toMatchObject({
      exit: 1,
      error: `microapi: one change from ${at('v1.json')} to ${at('risky.json')} breaks, or may break, somebody\n`,
    })
    expect(await runHere(['diff', at('v1.json'), at('v1.json'), '--fail-on', 'risky'])).toEqual({
      exit: 0,
      out: 'nothing has changed\n',
      error: '',
    })
  })

  it('--json tells all to programs, --wire and --whom less', async () => {
    const at = versions()
    const { out, exit } = await runHere([
      'diff',
      at('v1.json'),
      at('v2.json'),
      '--json',
      '--wire',
      'protobuf',
    ])
    expect(exit).toBe(1)
    const { level, changes } = JSON.parse(out) as { level: string; changes: object[] }
    expect(level).toBe('breaking')
    expect(changes[0]).toEqual({
      level: 'breaking',
      rule: 'wire-type-changed',
      service: 'users',
      method: 'get_user',
      part: 'input',
      pointer: '/id',
      message: 'in protobuf it is string, and was int64',
      effects: [
        { whom: 'old clients', wire: 'protobuf', level: 'breaking' },
        { whom: 'new clients', wire: 'protobuf', level: 'breaking' },
      ],
    })
    expect(await runHere(['diff', at('v1.json'), at('v2.json'), '--whom', 'stored-events'])).toMatchObject({
      exit: 0,
    })
    expect(
      await runHere([
        'diff',
        at('risky.json'),
        at('v1.json'),
        '--whom',
        'new-clients,old-clients',
        '--fail-on',
        'risky',
      ]),
    ).toMatchObject({ exit: 1 })
  })

  it('what is accepted is told by itself and fails nobody; the rest does', async () => {
    const at = versions()
    const both = ['diff', at('v1.json'), at('v2.json')]
    const lines = `users.get_user input/id: the type changed from integer to string
users.get_user input/id: in protobuf it is string, and was int64
`
    expect(await runHere([...both, '--lines'])).toMatchObject({ exit: 1, out: lines })
    const accepted = saved({ 'all.txt': `# agreed\n\n${lines}`, 'json.txt': lines.split('\n')[0]! })
    expect(await runHere([...both, '--accept', accepted('all.txt')])).toEqual({
      exit: 0,
      error: '',
      out: `may break (1)
  users.drop_user
    errors.BUSY  perhaps old clients: json, protobuf  it may fail with BUSY now

breaks nobody who counts (1)
  users.watch
    -  new clients: json, protobuf  the method is new

accepted (2)
  users.get_user
    input/id  old clients: json      the type changed from integer to string
              new clients: json
    input/id  old clients: protobuf  in protobuf it is string, and was int64
              new clients: protobuf
`,
    })
    const one = await runHere([...both, '--accept', accepted('json.txt')])
    expect(one).toMatchObject({ exit: 1 })
    expect(one.error).toBe(`microapi: one change from ${at('v1.json')} to ${at('v2.json')} breaks somebody\n`)
    // What is left goes into the same file.
    const left = await runHere([...both, '--accept', accepted('json.txt'), '--lines'])
    expect(left.out).toBe(`${lines.split('\n')[1]}\n`)
  })

  it('what was accepted and is no change any more is told', async () => {
    const at = versions()
    const gone = 'users.get_user output/name: it is gone'
    const files = saved({
      'one.txt': `# agreed\n${gone}\n`,
      'two.txt': 'users.get_user input/id: in protobuf it is string, and was int64',
    })
    const accept = ['--accept', files('one.txt'), '--accept', files('two.txt')]
    const ran = await runHere(['diff', at('v1.json'), at('v2.json'), '--wire', 'json', '--json', ...accept])
    // Over protobuf, which is left out here, the other one still is.
    expect(ran.error.split('\n')[0]).toBe(
      `microapi: accepted, and no change any more: ${files('one.txt')}:2: ${gone}; take the line out`,
    )
    expect(ran.error.split('\n')).toHaveLength(3)
    expect(JSON.parse(ran.out)).toMatchObject({ level: 'breaking', gone: [`${files('one.txt')}:2: ${gone}`] })
    const same = await runHere(['diff', at('v1.json'), at('v1.json'), '--accept', files('one.txt')])
    expect(same).toMatchObject({ exit: 0, out: 'nothing has changed\n' })
    expect(same.error).toContain('no change any more')
  })

  it('--json marks what is accepted, and its level is that of the rest', async () => {
    const at = versions()
    const both = ['diff', at('v1.json'), at('v2.json')]
    const { out: lines } = await runHere([...both, '--lines', '--fail-on', 'risky'])
    const files = saved({ 'all.txt': lines })
    const { exit, out } = await runHere([...both, '--json', '--accept', files('all.txt')])
    const diff = JSON.parse(out) as { level: string; changes: { accepted?: boolean; rule: string }[] }
    expect({ exit, level: diff.level }).toEqual({ exit: 0, level: 'safe' })
    expect(diff.changes.filter(({ accepted }) => !accepted).map(({ rule }) => rule)).toEqual(['method-added'])
  })

  it('locks say which numbers fields have', async () => {
    const contract = (schema: typeof Empty): typeof before =>
      ({ s: defineService({ m: rpc.unary(schema, Empty) }) }) as unknown as typeof before
    const old = contract(Type.Object({ a: Type.String(), b: Type.String() }))
    const next = contract(
      Type.Object({ more: Type.Optional(Type.String()), a: Type.String(), b: Type.String() }),
    )
    const { lock } = generateProto(old)
    const at = saved({
      'v1.json': describeApp(old),
      'v2.json': describeApp(next),
      'v1.lock.json': lock,
      'v2.lock.json': generateProto(next, { lock }).lock,
      'no.lock.json': '[1]',
    })
    const both = ['diff', at('v1.json'), at('v2.json')]
    expect(await runHere(both)).toMatchObject({ exit: 1 })
    expect(await runHere([...both, '--lock-old', at('v1.lock.json')])).toMatchObject({ exit: 0 })
    expect(
      await runHere([...both, '--lock-old', at('v1.lock.json'), '--lock-new', at('v2.lock.json')]),
    ).toMatchObject({ exit: 0 })
    const wrong = await runHere([...both, '--lock-old', at('no.lock.json')])
    expect(wrong.error).toMatch(/no\.lock\.json.* is no lock of field numbers; restore it/)
    const missing = await runHere([...both, '--lock-new', at('not-there')])
    expect(missing).toMatchObject({ exit: 2 })
    expect(missing.error).toBe(
      `microapi: there is no file ${at('not-there')}; microapi generate --proto writes a lock\n`,
    )
  })

  it('a server that describes itself is one of them', async () => {
    const at = versions()
    const get = rpc.unary(Id, Name, () => ({ name: 'Ada' }))
    const drop = rpc.unary(Id, Empty, () => ({}))
    const app = createApp({ services: { users: defineService({ get_user: get, drop_user: drop }) } })
    await using server = await serve(app, http({ port: 0 }), { signals: false, describe: true })
    const ran = await runHere(['diff', at('v1.json'), server.urls[0]!])
    expect(ran).toEqual({ exit: 0, out: 'nothing has changed\n', error: '' })
  })

  it.each([
    [['v1.json'], "missing required argument 'new'; microapi diff --help says more"],
    [['v1.json', 'nowhere.json'], 'nowhere.json'],
    [
      ['v1.json', 'v1.json', '--wire', 'xml'],
      "'--wire <form>' argument 'xml' is invalid. Allowed choices are json, protobuf.",
    ],
    [
      ['v1.json', 'v1.json', '--whom', 'me'],
      'name some of old-clients, new-clients, stored-events, with commas between.',
    ],
    [
      ['v1.json', 'v1.json', '--accept', 'nowhere.txt'],
      'there is no file nowhere.txt; microapi diff --lines writes what goes into one',
    ],
    [['v1.json', 'v1.json', '--lines', '--json'], "'--lines' cannot be used with option '--json'"],
    [['v1.json', 'v1.json', '--fail-on', 'safe'], 'Allowed choices are breaking, risky.'],
  ])('%j is a mistake on the command line', async (args, message) => {
    const at = versions()
    const ran = await runHere(['diff', ...args.map((arg) => (arg.endsWith('.json') ? at(arg) : arg))])
    expect(ran).toMatchObject({ exit: 2, out: '' })
    expect(ran.error).toContain(message)
    expect(ran.error.trim().split('\n')).toHaveLength(1)
  })
})
